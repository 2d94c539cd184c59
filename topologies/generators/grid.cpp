#include "topologies/lattice.hpp"
#include "topologies/topology.hpp"

namespace rhizome::topologies::generators {

static std::vector<config::problem> check_grid(const config::section& parameters, std::size_t nodes) {
  if (const auto l = find_lattice(parameters, nodes); !l)
    return {{"topology.rows", l.error().message}};
  return {};
}

static result<graph> draw_grid(const config::section& parameters, std::size_t nodes, random_stream&) {
  const auto l = find_lattice(parameters, nodes);
  if (!l)
    return fail(l);
  const auto columns = static_cast<node_id>(l->columns);
  std::vector<edge> edges;
  for (node_id node = 0; node < nodes; ++node) {
    if (node % columns + 1 < columns)
      edges.push_back({node, node + 1});
    if (node + columns < nodes)
      edges.push_back({node, node + columns});
  }
  return graph::undirected(nodes, edges).map([&](graph&& g) { return std::move(g).at_positions(positions(*l)); });
}

topology grid() {
  return {.schema = {"grid", "Rows and columns: a node inside has four neighbours, one on the border fewer.",
                     lattice_keys()},
          .check = check_grid,
          .draw = draw_grid};
}

} // namespace rhizome::topologies::generators
