#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "topologies/graph.hpp"

namespace rhizome::topologies {

/// How the lines of a graph file are to be read. In both formats `#` starts a comment, empty lines do not count, nodes
/// are numbered from 0, and a first line with the number of nodes alone is accepted (DecentralizePy writes it).
enum class graph_format {
  edges,     ///< `u v` or `u v weight`: an edge a line
  adjacency, ///< line i lists the neighbours of node i: `v v v` or `v:weight v:weight`
};

/// How a graph file is to be read.
struct graph_file_options {
  graph_format format = graph_format::edges;
  bool directed = false; ///< otherwise each edge means both directions and may stand there in one or in both
  std::size_t nodes = 0; ///< how many nodes the graph is to have
};

/// The graph that `text` describes. In a directed file, `u v` says that u sends to v; a weight is what the receiver
/// gives to the sender's model. bad_data: a malformed line, named as `name:line`.
[[nodiscard]] result<graph> parse_graph(std::string_view text, const std::string& name,
                                        const graph_file_options& options);

/// The graph in the file `path`. bad_data: as above, or it cannot be read.
[[nodiscard]] result<graph> read_graph(const std::string& path, const graph_file_options& options);

/// The graph as text that `parse_graph` reads back: the number of nodes, then each edge; of an undirected graph each
/// pair once, of a directed one each direction.
[[nodiscard]] std::string to_edge_list(const graph& g);

} // namespace rhizome::topologies
