#include "topologies/topology.hpp"

namespace rhizome::topologies::generators {

static std::vector<config::problem> check_complete(const config::section&, std::size_t nodes) {
  const auto n = static_cast<double>(nodes);
  return edges_fit("topology.name", n * (n - 1));
}

static result<graph> draw_complete(const config::section&, std::size_t nodes, random_stream&) {
  std::vector<edge> edges;
  for (node_id a = 0; a < nodes; ++a)
    for (node_id b = a + 1; b < nodes; ++b)
      edges.push_back({a, b});
  return graph::undirected(nodes, edges);
}

topology complete() {
  return {
      .schema = {"complete", "Each node is connected to all others."}, .check = check_complete, .draw = draw_complete};
}

} // namespace rhizome::topologies::generators
