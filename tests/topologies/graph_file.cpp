#include "topologies/graph_file.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/topologies/support.hpp"

using namespace rhizome;
using namespace rhizome::topologies;

namespace {

result<graph> parse(std::string_view text, std::size_t nodes, graph_format format = graph_format::edges,
                    bool directed = false) {
  return parse_graph(text, "net.txt", {format, directed, nodes});
}

std::string why_not(std::string_view text, std::size_t nodes, graph_format format = graph_format::edges) {
  const auto g = parse(text, nodes, format);
  REQUIRE_FALSE(g.has_value());
  CHECK(g.error().kind == error_kind::bad_data);
  return g.error().message;
}

const std::vector<edge> triangle{{0, 1}, {0, 2}, {1, 0}, {1, 2}, {2, 0}, {2, 1}};

} // namespace

TEST_CASE("edge lists are read with comments, empty lines, carriage returns and the number of nodes") {
  CHECK(parse("# a triangle\n0 1\n\n1 2 # the long side\r\n  2\t0", 3)->edges() == triangle);
  CHECK(parse("3\n0 1\n1 2\n2 0\n", 3)->edges() == triangle);
  CHECK(parse("0,1\n1,2\n2,0\n", 3)->edges() == triangle);
}

TEST_CASE("an undirected edge may stand there from both ends, as DecentralizePy writes it") {
  CHECK(parse("3\n0 1\n0 2\n1 0\n1 2\n2 0\n2 1\n", 3)->edges() == triangle);
}

TEST_CASE("adjacency lists are read with and without the number of nodes") {
  CHECK(parse("1 2\n0 2\n0 1\n", 3, graph_format::adjacency)->edges() == triangle);
  CHECK(parse("3\n1 2\n0 2\n0 1\n", 3, graph_format::adjacency)->edges() == triangle);
  CHECK(parse("1\n0\n", 2, graph_format::adjacency)->edges() == std::vector<edge>{{0, 1}, {1, 0}});
}

TEST_CASE("directed and weighted files keep direction and weights") {
  const auto edges = parse("0 1 0.5\n1 2 0.25\n2 0 1e-1\n", 3, graph_format::edges, true);
  CHECK(edges->edges() == std::vector<edge>{{0, 1}, {1, 2}, {2, 0}});
  CHECK(edges->out_weights()[2] == 0.1);
  const auto lists = parse("1:0.5\n2:0.25\n0:0.1\n", 3, graph_format::adjacency, true);
  CHECK(*lists == *edges);
}

TEST_CASE("graphs survive being written and read again") {
  for (const auto* name : {"regular", "star", "barabasi-albert"}) {
    const auto g = draw(name, 64);
    CHECK(*parse(to_edge_list(*g), 64) == *g);
  }
  const auto weighted = parse("0 1 0.1\n1 2 0.3333333333333333\n2 0 0.7\n", 3, graph_format::edges, true);
  CHECK(*parse(to_edge_list(*weighted), 3, graph_format::edges, true) == *weighted);
}

TEST_CASE("each malformed line is named with what was expected") {
  CHECK(why_not("0 1\n1 x\n", 3) == "net.txt:2: expected a node's number, found \"x\"");
  CHECK(says(why_not("0 1\n1 -2\n", 3), "net.txt:2: expected a node's number, found \"-2\""));
  CHECK(says(why_not("0 1\n1 3\n", 3), "net.txt:2: node 3 does not exist"));
  CHECK(says(why_not("0 1\n1 1\n", 3), "net.txt:2: node 1 has an edge to itself"));
  CHECK(says(why_not("0 1\n1 2 3 4\n", 3), "net.txt:2: expected `u v` or `u v weight`, found 4 fields"));
  CHECK(says(why_not("0 1\n\n0 1\n", 3), "net.txt:3: the edge 0 1 is already in line 1"));
  CHECK(says(why_not("0 1 0.5\n1 2\n", 3), "net.txt:2: this edge has no weight"));
  CHECK(says(why_not("0 1\n1 2 0.5\n", 3), "net.txt:2: this edge has a weight"));
  CHECK(says(why_not("0 1 nan\n", 3), "net.txt:1: expected a positive weight, found \"nan\""));
  CHECK(says(why_not("0 1 0.5\n1 0 0.25\n", 2), "net.txt:2: the edge between 0 and 1 has another weight in line 1"));
  CHECK(says(why_not("4\n0 1\n", 3), "net.txt:1: the graph has 4 nodes, but experiment.nodes is 3"));
  CHECK(says(why_not("hello\n", 3), "net.txt:1: expected an edge or the number of nodes, found \"hello\""));
  CHECK(says(why_not("1 2\n0 2\n", 3, graph_format::adjacency), "net.txt: expected 3 adjacency lines"));
  CHECK(says(why_not("1:\n0:1\n", 2, graph_format::adjacency), "net.txt:1: expected a weight after the colon"));
}

TEST_CASE("a file topology is read from disk, and refused if it is missing or disconnected") {
  const auto path = (std::filesystem::temp_directory_path() / "rhizome_graph_file_test.txt").string();
  std::ofstream(path) << "0 1\n2 3\n";
  CHECK(says(refusal("file", 4, {{"path", path}}), "the graph is not connected: it falls into 2 parts"));
  std::ofstream(path) << "0 1\n1 2\n2 3\n";
  CHECK(draw("file", 4, {{"path", path}})->edge_count() == 6);
  CHECK(says(refusal("file", 4, {{"path", path}, {"directed", true}}), "4 parts"));
  std::filesystem::remove(path);
  CHECK(says(refusal("file", 4, {{"path", path}}), path + " cannot be read"));
  CHECK(says(refusal("file", 4, {{"path", std::string("/")}}), "/ cannot be read"));
  CHECK(says(refusal("file", 4), "topology.path is not set"));
}
