#include "topologies/graph_file.hpp"
#include "topologies/topology.hpp"

namespace rhizome::topologies::generators {

static std::vector<config::problem> check_file(const config::section& parameters, std::size_t) {
  if (parameters.text("path").empty())
    return {{"topology.path", "topology.path is not set: name the file of the graph"}};
  return {};
}

static result<graph> draw_file(const config::section& parameters, std::size_t nodes, random_stream&) {
  return read_graph(parameters.text("path"),
                    {.format = parameters.text("format") == "edges" ? graph_format::edges : graph_format::adjacency,
                     .directed = parameters.boolean("directed"),
                     .nodes = nodes});
}

topology file() {
  return {.schema = {"file",
                     "A graph from a file, with # for comments; its first line may be the number of nodes.",
                     {{.name = "path",
                       .default_value = std::string(),
                       .sentence = "The file; a relative path starts at the current directory."},
                      {.name = "format",
                       .default_value = std::string("edges"),
                       .sentence = "edges: a line `u v` or `u v weight` for each edge; adjacency: line i lists the "
                                   "neighbours of node i, as `v` or `v:weight`.",
                       .choices = {"edges", "adjacency"}},
                      {.name = "directed",
                       .default_value = false,
                       .sentence = "Whether an edge `u v` only says that u sends to v; otherwise it means both "
                                   "directions."}}},
          .check = check_file,
          .draw = draw_file};
}

} // namespace rhizome::topologies::generators
