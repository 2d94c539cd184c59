#include "topologies/lattice.hpp"
#include "topologies/topology.hpp"

namespace rhizome::topologies::generators {

static std::vector<config::problem> check_torus(const config::section& parameters, std::size_t nodes) {
  const auto l = find_lattice(parameters, nodes);
  if (!l)
    return {{"topology.rows", l.error().message}};
  if (l->rows < 3 || l->columns < 3)
    return {{"topology.rows", fmt::format("a torus needs at least 3 rows and 3 columns, so that each node has four "
                                          "neighbours, but {} nodes give {} x {}; change experiment.nodes, or take "
                                          "\"ring\" or \"grid\"",
                                          nodes, l->rows, l->columns)}};
  return {};
}

static result<graph> draw_torus(const config::section& parameters, std::size_t nodes, random_stream&) {
  const auto l = find_lattice(parameters, nodes);
  if (!l)
    return fail(l);
  const auto columns = static_cast<node_id>(l->columns);
  std::vector<edge> edges;
  for (node_id node = 0; node < nodes; ++node) {
    const node_id column = node % columns;
    edges.push_back({node, node - column + (column + 1) % columns});
    edges.push_back({node, static_cast<node_id>((node + columns) % nodes)});
  }
  return graph::undirected(nodes, edges);
}

topology torus() {
  return {.schema = {"torus", "A grid whose borders are joined: each node has four neighbours.", lattice_keys()},
          .check = check_torus,
          .draw = draw_torus};
}

} // namespace rhizome::topologies::generators
