#include <bit>

#include "topologies/topology.hpp"

namespace rhizome::topologies::generators {

static std::vector<config::problem> check_hypercube(const config::section&, std::size_t nodes) {
  if (std::has_single_bit(nodes))
    return {};
  const std::size_t above = std::bit_ceil(nodes);
  return {
      {"topology.name", fmt::format("a hypercube has a power of two of nodes, but experiment.nodes is {}; choose {} "
                                    "or {}",
                                    nodes, above / 2, above)}};
}

static result<graph> draw_hypercube(const config::section&, std::size_t nodes, random_stream&) {
  std::vector<edge> edges;
  for (node_id node = 0; node < nodes; ++node)
    for (node_id bit = 1; bit < nodes; bit *= 2)
      if ((node & bit) == 0)
        edges.push_back({node, node | bit});
  return graph::undirected(nodes, edges);
}

topology hypercube() {
  return {.schema = {"hypercube",
                     "Nodes are binary numbers, connected where they differ in one bit; experiment.nodes is "
                     "a power of two."},
          .check = check_hypercube,
          .draw = draw_hypercube};
}

} // namespace rhizome::topologies::generators
