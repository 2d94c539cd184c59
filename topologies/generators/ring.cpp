#include "topologies/topology.hpp"

namespace rhizome::topologies::generators {

static result<graph> draw_ring(const config::section&, std::size_t nodes, random_stream&) {
  std::vector<edge> edges;
  for (node_id node = 1; node < nodes; ++node)
    edges.push_back({node - 1, node});
  if (nodes > 2) // the closing edge of two nodes would be the first one again
    edges.push_back({static_cast<node_id>(nodes - 1), 0});
  return graph::undirected(nodes, edges);
}

topology ring() {
  return {.schema = {"ring", "A cycle: each node has two neighbours, the last node is next to the first."},
          .check = always_fine,
          .draw = draw_ring};
}

} // namespace rhizome::topologies::generators
