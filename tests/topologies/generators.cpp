#include <bit>
#include <chrono>
#include <set>

#include "tests/topologies/support.hpp"
#include "topologies/metrics.hpp"
#include "topologies/registry.hpp"

using namespace rhizome;
using namespace rhizome::topologies;
using doctest::Approx;

namespace {

std::size_t links(const graph& g) {
  return g.edge_count() / 2;
}

/// All degrees, most frequent or not, as degree -> nodes.
std::map<std::size_t, std::size_t> degrees(const graph& g) {
  return in_degrees(g).histogram;
}

using histogram = std::map<std::size_t, std::size_t>;

} // namespace

TEST_CASE("every topology is undirected, connected and the same for the same seed") {
  for (const topology& kind : all()) {
    if (kind.schema.name == "file")
      continue;
    CAPTURE(kind.schema.name);
    const auto section = settings(kind.schema.name);
    const auto g = draw(section, 64, 3);
    CHECK(g->size() == 64);
    CHECK(g->is_undirected());
    CHECK(is_connected(*g));
    CHECK(*g == *draw(section, 64, 3));
    CHECK((*g == *draw(section, 64, 4)) != kind.random);
  }
}

TEST_CASE("random topologies draw a fresh graph each round, whatever was asked before") {
  for (const topology& kind : all()) {
    if (!kind.random)
      continue;
    CAPTURE(kind.schema.name);
    const auto graphs = graph_sequence::make(settings(kind.schema.name, {{"dynamic", true}}), 64, 9);
    REQUIRE(graphs.has_value());
    CHECK(graphs->is_dynamic());
    const auto fifth = *graphs->at(5);
    CHECK_FALSE(*fifth == **graphs->at(6));
    CHECK_FALSE(*fifth == **graphs->at(0));
    CHECK(*fifth == **graphs->at(5));
    CHECK(**graphs->at(0) == *draw(settings(kind.schema.name), 64, 9)); // static: the graph of round 0
  }
}

TEST_CASE("a static graph is the same object in each round") {
  const auto graphs = graph_sequence::make(settings("regular"), 64, 9);
  CHECK(*graphs->at(0) == *graphs->at(77));
}

TEST_CASE("path, ring, star, complete and tree have their edges, however few nodes") {
  CHECK(draw("path", 5)->edges() == std::vector<edge>{{0, 1}, {1, 0}, {1, 2}, {2, 1}, {2, 3}, {3, 2}, {3, 4}, {4, 3}});
  CHECK(degrees(*draw("ring", 5)) == histogram{{2, 5}});
  CHECK(links(*draw("ring", 2)) == 1);
  CHECK(degrees(*draw("star", 5)) == histogram{{1, 4}, {4, 1}});
  CHECK(draw("star", 5)->in_degree(0) == 4);
  CHECK(degrees(*draw("complete", 7)) == histogram{{6, 7}});
  CHECK(degrees(*draw("binary-tree", 7)) == histogram{{1, 4}, {2, 1}, {3, 2}});
  CHECK(diameter(*draw("binary-tree", 7)).upper == 4);
  for (const auto* name :
       {"path", "ring", "star", "complete", "binary-tree", "grid", "hypercube", "erdos-renyi", "random-geometric"}) {
    CAPTURE(name);
    CHECK(draw(name, 1)->edge_count() == 0);
    CHECK(links(*draw(name, 2)) == 1);
  }
}

TEST_CASE("a grid is as square as possible unless rows or columns say otherwise") {
  CHECK(degrees(*draw("grid", 12)) == histogram{{2, 4}, {3, 6}, {4, 2}}); // 3 x 4
  CHECK(diameter(*draw("grid", 12)).upper == 5);
  CHECK(diameter(*draw("grid", 12, {{"columns", std::int64_t{6}}})).upper == 6); // 2 x 6
  CHECK(links(*draw("grid", 7)) == 6);                                           // 1 x 7, a path
  CHECK(says(refusal("grid", 12, {{"rows", std::int64_t{5}}}), "12 nodes cannot be laid out in 5 rows"));
  CHECK(says(refusal("grid", 12, {{"rows", std::int64_t{3}}, {"columns", std::int64_t{5}}}),
             "3 rows and 5 columns are not 12 nodes"));
}

TEST_CASE("each node of a torus has four neighbours") {
  CHECK(degrees(*draw("torus", 12)) == histogram{{4, 12}});
  CHECK(diameter(*draw("torus", 36)).upper == 6);
  CHECK(says(refusal("torus", 14), "at least 3 rows and 3 columns"));
}

TEST_CASE("hypercube neighbours differ in one bit") {
  const auto g = draw("hypercube", 32);
  CHECK(degrees(*g) == histogram{{5, 32}});
  CHECK(diameter(*g).upper == 5);
  for (const auto& [from, to] : g->edges())
    CHECK(std::has_single_bit(from ^ to));
  CHECK(says(refusal("hypercube", 48), "experiment.nodes is 48; choose 32 or 64"));
}

TEST_CASE("regular graphs have exact degrees for every possible size, dense and sparse") {
  for (std::size_t nodes = 2; nodes <= 16; ++nodes) {
    for (std::size_t degree = nodes == 2 ? 1 : 2; degree < nodes; ++degree) {
      if (nodes * degree % 2 != 0)
        continue;
      CAPTURE(nodes);
      CAPTURE(degree);
      const auto section = settings("regular", {{"degree", static_cast<std::int64_t>(degree)}});
      for (std::uint64_t seed = 0; seed < 5; ++seed)
        CHECK(degrees(*draw(section, nodes, seed)) == histogram{{degree, nodes}});
    }
  }
}

TEST_CASE("a regular graph of 100,000 nodes is drawn fast enough for a redraw each round") {
  const auto graphs = graph_sequence::make(settings("regular", {{"dynamic", true}}), 100'000, 1);
  const auto start = std::chrono::steady_clock::now();
  const auto g = *graphs->at(1);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  MESSAGE("seconds: " << seconds.count());
  CHECK(degrees(*g) == histogram{{5, 100'000}});
  CHECK(is_connected(*g));
}

TEST_CASE("impossible degrees are refused with a sentence") {
  CHECK(says(refusal("regular", 5), "topology.degree: a node cannot have 5 neighbours among 5 nodes"));
  CHECK(says(refusal("regular", 7), "no graph of 7 nodes has degree 5, for both are odd; choose degree 4 or 8 nodes"));
  CHECK(says(refusal("regular", 8, {{"degree", std::int64_t{1}}}), "pairs that never hear of each other"));
}

TEST_CASE("Erdős-Rényi graphs have about p of all pairs, each pair equally often") {
  constexpr double n = 400;
  const auto g = draw("erdos-renyi", 400, {{"p", 0.1}});
  const double expected = 0.1 * n * (n - 1) / 2;
  CHECK(std::abs(static_cast<double>(links(*g)) - expected) < 5 * std::sqrt(expected * 0.9));
  CHECK(degrees(*draw("erdos-renyi", 20, {{"p", 1.0}})) == histogram{{19, 20}});

  std::map<edge, int> counts;
  const auto graphs = graph_sequence::make(settings("erdos-renyi", {{"p", 0.8}, {"dynamic", true}}), 5, 1);
  for (round_number round = 0; round < 2000; ++round)
    for (const edge& e : (*graphs->at(round))->edges())
      ++counts[e];
  CHECK(counts.size() == 20);
  for (const auto& [e, count] : counts)
    CHECK(std::abs(count - 1620) < 150); // connected graphs have a few edges more
}

TEST_CASE("a random graph that is never connected is refused with what to change") {
  const auto sentence = refusal("erdos-renyi", 200, {{"p", 0.001}});
  CHECK(says(sentence, "none of 100 erdos-renyi graphs for round 0 was connected"));
  CHECK(says(sentence, "topology.p is 0.001"));
  CHECK(says(refusal("random-geometric", 200, {{"radius", 0.01}}), "topology.radius is 0.01"));
}

TEST_CASE("small worlds keep their number of edges and are a lattice without rewiring") {
  const auto lattice = draw("watts-strogatz", 30, {{"beta", 0.0}});
  CHECK(degrees(*lattice) == histogram{{4, 30}});
  CHECK(diameter(*lattice).upper == 8);
  const auto rewired = draw("watts-strogatz", 30, {{"beta", 1.0}});
  CHECK(links(*rewired) == 60);
  CHECK_FALSE(*rewired == *lattice);
  CHECK(diameter(*rewired).upper < 8);
  CHECK(says(refusal("watts-strogatz", 30, {{"k", std::int64_t{5}}}), "choose an even number, such as 6"));
  CHECK(says(refusal("watts-strogatz", 4), "choose k below experiment.nodes"));
}

TEST_CASE("Barabási-Albert graphs bring m edges a node and have hubs") {
  const auto g = draw("barabasi-albert", 1000, {{"m", std::int64_t{3}}});
  CHECK(links(*g) == 3 * (1000 - 3));
  CHECK(in_degrees(*g).min >= 1);
  CHECK(in_degrees(*g).max > 50);
  CHECK(says(refusal("barabasi-albert", 2), "cannot bring 2 edges among 2 nodes"));
}

TEST_CASE("random geometric graphs connect exactly the nodes within the radius") {
  const auto g = draw("random-geometric", 300, {{"radius", 0.2}});
  REQUIRE(g->positions().size() == 300);
  std::size_t close = 0;
  for (node_id a = 0; a < 300; ++a)
    for (node_id b = 0; b < a; ++b) {
      const auto [p, q] = std::pair(g->positions()[a], g->positions()[b]);
      close += std::hypot(p.x - q.x, p.y - q.y) <= 0.2;
    }
  CHECK(links(*g) == close);
  CHECK(degrees(*draw("random-geometric", 10, {{"radius", 2.0}})) == histogram{{9, 10}});
}

TEST_CASE("graphs too large to hold are refused before they are drawn") {
  CHECK(says(refusal("complete", 100'000), "directed edges, at most 268435456 are possible"));
  CHECK(says(refusal("erdos-renyi", 1'000'000, {{"p", 0.5}}), "choose fewer nodes"));
}
