#include <bit>
#include <cmath>

#include "topologies/topology.hpp"

namespace rhizome::topologies::generators {

/// Each level fills the same width, the root on top; the whole is about twice as wide as high.
static position place_in_tree(node_id node, std::size_t nodes) {
  const auto level = std::bit_width(node + 1U) - 1;
  const auto levels = std::bit_width(nodes);
  const double members = std::ldexp(1, level);
  const double along = (static_cast<double>(node + 1) - members + 0.5) / members;
  return {2 * static_cast<double>(levels) * along, static_cast<double>(level)};
}

static result<graph> draw_binary_tree(const config::section&, std::size_t nodes, random_stream&) {
  std::vector<edge> edges;
  std::vector<position> positions;
  for (node_id node = 0; node < nodes; ++node) {
    positions.push_back(place_in_tree(node, nodes));
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
