#pragma once

#include <vector>

#include "topologies/graph.hpp"

namespace rhizome::topologies {

/// Betweenness of each node, in [0, 1]: over all ordered pairs of other nodes, the mean share of the pair's shortest
/// paths along edges that lead through the node (0 for a pair without a path). Edge weights do not count. That is the
/// normalisation of networkx. Brandes, "A faster algorithm for betweenness centrality", 2001: O(nodes x edges). Sums
/// are in order of node ids, so that bits are the same each time.
[[nodiscard]] std::vector<double> betweenness(const graph& g);

} // namespace rhizome::topologies
