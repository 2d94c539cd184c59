#include "topologies/topology.hpp"

namespace rhizome::topologies::generators {

static result<graph> draw_path(const config::section&, std::size_t nodes, random_stream&) {
  std::vector<edge> edges;
  for (node_id node = 1; node < nodes; ++node)
    edges.push_back({node - 1, node});
  return graph::undirected(nodes, edges);
}

topology path() {
  return {.schema = {"path", "A line: each node is connected to the one before and the one after it."},
          .check = always_fine,
          .draw = draw_path};
}

} // namespace rhizome::topologies::generators
