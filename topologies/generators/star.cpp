#include "topologies/topology.hpp"

namespace rhizome::topologies::generators {

static result<graph> draw_star(const config::section&, std::size_t nodes, random_stream&) {
  std::vector<edge> edges;
  for (node_id node = 1; node < nodes; ++node)
    edges.push_back({0, node});
  return graph::undirected(nodes, edges);
}

topology star() {
  return {.schema = {"star", "Node 0 is the hub; all others are connected to it only."},
          .check = always_fine,
          .draw = draw_star};
}

} // namespace rhizome::topologies::generators
