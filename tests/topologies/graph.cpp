#include "topologies/graph.hpp"

#include "tests/topologies/support.hpp"
#include "topologies/metrics.hpp"

using namespace rhizome;
using namespace rhizome::topologies;

namespace {

using nodes = std::vector<node_id>;

nodes list(std::span<const node_id> ids) {
  return {ids.begin(), ids.end()};
}

graph directed(std::size_t count, const std::vector<edge>& edges, const std::vector<double>& weights = {}) {
  auto made = graph::directed(count, edges, weights);
  REQUIRE_MESSAGE(made.has_value(), made.error().message);
  return std::move(*made);
}

} // namespace

TEST_CASE("neighbours are sorted by id in both directions, whatever the order of edges") {
  const auto g = directed(4, {{3, 0}, {0, 2}, {1, 0}, {0, 1}}, {30, 2, 10, 1});
  CHECK(list(g.out(0)) == nodes{1, 2});
  CHECK(list(g.in(0)) == nodes{1, 3});
  CHECK(list(g.out(2)).empty());
  CHECK(list(g.in(2)) == nodes{0});
  CHECK(g.edge_count() == 4);
  CHECK_FALSE(g.is_symmetric());
  CHECK(std::vector<double>(g.out_weights().begin(), g.out_weights().end()) == std::vector<double>{1, 2, 10, 30});
  CHECK(std::vector<double>(g.in_weights().begin(), g.in_weights().end()) == std::vector<double>{10, 30, 1, 2});
  CHECK(g.edges() == std::vector<edge>{{0, 1}, {0, 2}, {1, 0}, {3, 0}});
}

TEST_CASE("self loops, double edges and unknown nodes are refused") {
  const auto why = [](const std::vector<edge>& edges) { return graph::directed(3, edges).error().message; };
  CHECK(says(why({{1, 1}}), "node 1 has an edge to itself"));
  CHECK(says(why({{0, 1}, {1, 2}, {0, 1}}), "the edge 0 -> 1 is there twice"));
  CHECK(says(why({{0, 3}}), "names a node that does not exist"));
  CHECK(says(graph::undirected(3, std::vector<edge>{{0, 1}, {1, 0}}).error().message, "twice"));
}

TEST_CASE("symmetry is a matter of edges, being undirected also one of weights") {
  const auto g = directed(2, {{0, 1}, {1, 0}}, {0.25, 0.5});
  CHECK(g.is_symmetric());
  CHECK_FALSE(g.is_undirected());
  CHECK(directed(2, {{0, 1}, {1, 0}}, {0.5, 0.5}).is_undirected());
}

TEST_CASE("strong components follow edges, weak ones do not care for direction") {
  // 0 -> 1 -> 2 -> 0 is a cycle, 2 -> 3 leaves it; 4 <-> 5 are apart.
  const auto g = directed(6, {{0, 1}, {1, 2}, {2, 0}, {2, 3}, {4, 5}, {5, 4}});
  const auto weak = weak_components(g);
  CHECK(weak.count == 2);
  CHECK(weak.of_node == std::vector<std::uint32_t>{0, 0, 0, 0, 1, 1});
  CHECK(weak.largest() == 4);
  const auto strong = strong_components(g);
  CHECK(strong.count == 3);
  CHECK(strong.of_node == std::vector<std::uint32_t>{0, 0, 0, 1, 2, 2});
  CHECK_FALSE(is_connected(g));
  CHECK(is_connected(directed(3, {{0, 1}, {1, 2}, {2, 0}})));
  CHECK_FALSE(is_connected(directed(3, {{0, 1}, {1, 2}})));
  CHECK_FALSE(is_connected(directed(3, {{1, 0}, {2, 1}})));
}

TEST_CASE("a very long directed cycle is one strong component") {
  std::vector<edge> edges;
  constexpr node_id n = 200'000;
  for (node_id node = 0; node < n; ++node)
    edges.push_back({node, (node + 1) % n});
  edges.push_back({0, n / 2});
  CHECK(strong_components(directed(n, edges)).count == 1);
}

TEST_CASE("the diameter is exact for small graphs, and bounded for large ones") {
  CHECK(diameter(directed(4, {{0, 1}, {1, 2}, {2, 3}, {3, 0}})).lower == 3);
  CHECK(diameter(*draw("ring", 101)).upper == 50);
  const auto large = diameter(*draw("path", 20'000));
  CHECK(large.lower == 19'999); // the second sweep starts at an end
  CHECK(large.upper == 20'000); // from the middle
  CHECK_FALSE(large.exact());
}

TEST_CASE("degrees are counted by direction") {
  const auto g = directed(3, {{0, 1}, {0, 2}, {1, 2}});
  CHECK(out_degrees(g).histogram == std::map<std::size_t, std::size_t>{{0, 1}, {1, 1}, {2, 1}});
  CHECK(in_degrees(g).max == 2);
  CHECK(in_degrees(g).mean == 1);
}
