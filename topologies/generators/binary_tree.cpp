#include <bit>

#include "topologies/topology.hpp"

namespace rhizome::topologies::generators {

/// Each level fills the same width, the root on top.
static position place_in_tree(node_id node) {
  const unsigned level = static_cast<unsigned>(std::bit_width(node + 1)) - 1;
  const double width = static_cast<double>(node_id{1} << level);
  const double along = static_cast<double>(node + 1) - width;
  return {(along + 0.5) / width, static_cast<double>(level)};
}

static result<graph> draw_binary_tree(const config::section&, std::size_t nodes, random_stream&) {
  std::vector<edge> edges;
  std::vector<position> positions;
  for (node_id node = 0; node < nodes; ++node) {
    positions.push_back(place_in_tree(node));
    if (node > 0)
      edges.push_back({(node - 1) / 2, node});
  }
  return graph::undirected(nodes, edges).map([&](graph&& g) { return std::move(g).at_positions(positions); });
}

topology binary_tree() {
  return {.schema = {"binary-tree", "A tree with root 0; node i is connected to its children 2i + 1 and 2i + 2."},
          .check = always_fine,
          .draw = draw_binary_tree};
}

} // namespace rhizome::topologies::generators
