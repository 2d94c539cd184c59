#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "topologies/graph.hpp"

namespace rhizome::topologies {

/// A partition of the nodes.
struct components {
  std::size_t count = 0;
  std::vector<std::uint32_t> of_node; ///< [nodes] number of each node's component; numbered by their smallest node

  /// Nodes of the largest component.
  [[nodiscard]] std::size_t largest() const;
};

/// Components when the direction of edges is ignored.
[[nodiscard]] components weak_components(const graph& g);

/// Components within which each node reaches each other one along edges (Tarjan, 1972). Those of an undirected graph
/// are its weak ones.
[[nodiscard]] components strong_components(const graph& g);

/// Whether what any node sends reaches every other one: there is one strong component.
[[nodiscard]] bool is_connected(const graph& g);

/// Degrees of all nodes in one direction.
struct degree_statistics {
  std::size_t min = 0;
  std::size_t max = 0;
  double mean = 0;
  std::map<std::size_t, std::size_t> histogram; ///< degree -> nodes
};
[[nodiscard]] degree_statistics out_degrees(const graph& g);
[[nodiscard]] degree_statistics in_degrees(const graph& g);

/// The longest shortest path, in hops: an interval whose ends are equal where it is exact.
struct diameter_bounds {
  std::size_t lower = 0;
  std::size_t upper = 0;

  [[nodiscard]] bool exact() const { return lower == upper; }
};

/// The diameter of a connected graph. Exact, from a search at every node, while that costs at most 5e8 steps (8,192
/// nodes of degree 5). Beyond that, from eight sweeps: `lower` is the largest distance that they meet, `upper` the
/// smallest sum, over their starts, of the largest distances to and from it. Each sweep starts at the node farthest
/// from the last start, the last one at the node in the middle of all.
[[nodiscard]] diameter_bounds diameter(const graph& g);

} // namespace rhizome::topologies
