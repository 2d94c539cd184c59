#pragma once

#include <set>
#include <vector>

#include "core/types.hpp"
#include "topologies/graph.hpp"

namespace rhizome::topologies {

/// What is left of a graph when nodes are lost, connected again. Its nodes are those that are present, numbered from 0
/// in order of their ids, so that everything that holds of a connected graph holds of it.
struct repaired_graph {
  graph links;
  std::vector<node_id> ids; ///< [present nodes] the id of each in the whole graph, ascending
};

/// The graph without the absent nodes and their edges. Where that is no longer connected (each node reaches each other
/// one), few edges are added: a path through its components that send to no other one, then through those that no other
/// one sends to. Each component takes part with one node, of those with the fewest neighbours the one with the lowest
/// id, and components go in order of their lowest ids. In an undirected graph both directions are added, so two parts
/// get one link and more become a ring: no node gets more than two links, each as a neighbour of a node that had the
/// fewest in its part. In a directed graph with s components that send to no other one and r that no other one sends
/// to, at most s + r - 1 edges are added, and no node gets more than two in each direction.
///
/// Edges keep their weights. An added one has the weight 1 / (1 + d) where d is its receiver's number of in-neighbours,
/// in an undirected graph the larger one of both ends: the Metropolis-Hastings weight. Where a node's weights would
/// then sum to more than 1, those that it had are scaled down.
///
/// A pure function. Ids that the graph does not have are ignored.
[[nodiscard]] repaired_graph repair(const graph& g, const std::set<node_id>& absent);

} // namespace rhizome::topologies
