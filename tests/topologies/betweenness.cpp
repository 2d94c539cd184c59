#include "topologies/betweenness.hpp"

#include <algorithm>
#include <cmath>

#include "core/random.hpp"
#include "tests/topologies/support.hpp"

using namespace rhizome;
using namespace rhizome::topologies;
using doctest::Approx;

namespace {

/// Shortest paths between all pairs, counted by powers of the adjacency matrix.
struct all_pairs {
  std::vector<std::vector<double>> paths; ///< [from][to]
  std::vector<std::vector<int>> distance; ///< [from][to], -1: no path

  explicit all_pairs(const graph& g)
      : paths(g.size(), std::vector<double>(g.size())), distance(g.size(), std::vector<int>(g.size(), -1)) {
    for (node_id from = 0; from < g.size(); ++from) {
      std::vector<double> walks(g.size()); // of `length` edges
      walks[from] = 1;
      for (int length = 0; length < static_cast<int>(g.size()); ++length) {
        std::vector<double> longer(g.size());
        for (node_id node = 0; node < g.size(); ++node) {
          if (walks[node] > 0 && distance[from][node] < 0) {
            distance[from][node] = length;
            paths[from][node] = walks[node];
          }
          for (const node_id next : g.out(node))
            longer[next] += walks[node];
        }
        walks = longer;
      }
    }
  }
};

/// The definition: a mean over ordered pairs.
std::vector<double> reference(const graph& g) {
  const all_pairs all(g);
  const auto n = static_cast<double>(g.size());
  std::vector<double> found(g.size());
  for (node_id v = 0; v < g.size(); ++v)
    for (node_id s = 0; s < g.size(); ++s)
      for (node_id t = 0; t < g.size(); ++t)
        if (s != t && s != v && t != v && all.distance[s][v] >= 0 && all.distance[v][t] >= 0 &&
            all.distance[s][v] + all.distance[v][t] == all.distance[s][t])
          found[v] += all.paths[s][v] * all.paths[v][t] / all.paths[s][t] / ((n - 1) * (n - 2));
  return found;
}

void check_equal(const std::vector<double>& found, const std::vector<double>& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    CHECK(found[i] == Approx(expected[i]).epsilon(1e-12));
}

} // namespace

TEST_CASE("betweenness of a path, a star, rings and a directed ring are those of a sheet of paper") {
  check_equal(betweenness(*draw("path", 5)), {0, 3.0 / 6, 4.0 / 6, 3.0 / 6, 0});
  check_equal(betweenness(*draw("star", 6)), {1, 0, 0, 0, 0, 0});
  check_equal(betweenness(*draw("ring", 5)), std::vector<double>(5, 1.0 / 6));
  check_equal(betweenness(*draw("ring", 6)), std::vector<double>(6, 0.2)); // two paths to the opposite node
  check_equal(betweenness(*draw("complete", 5)), std::vector<double>(5, 0.0));
  check_equal(betweenness(*graph::directed(3, std::vector<edge>{{0, 1}, {1, 2}, {2, 0}})), std::vector<double>(3, 0.5));
  for (const std::size_t n : {1U, 2U})
    CHECK(betweenness(*draw("path", n)) == std::vector<double>(n, 0.0));
}

TEST_CASE("betweenness is what counting all shortest paths gives, on undirected and directed graphs") {
  for (const auto* name : {"regular", "grid", "barabasi-albert", "binary-tree"})
    check_equal(betweenness(*draw(name, 24)), reference(*draw(name, 24)));
  random_stream random(5, purpose::topology);
  std::vector<edge> edges;
  for (node_id from = 0; from < 20; ++from)
    for (node_id to = 0; to < 20; ++to)
      if (from != to && (to == from + 1 || random.below(5) == 0)) // not each node need reach each other one
        edges.push_back({from, to});
  const auto directed = *graph::directed(20, edges);
  CHECK_FALSE(directed.is_symmetric());
  check_equal(betweenness(directed), reference(directed));
}

TEST_CASE("more shortest paths than a double can count do no harm") {
  constexpr node_id meshes = 1'100; // 2^1100 paths from end to end
  std::vector<edge> edges;
  for (node_id m = 0; m < meshes; ++m)
    for (const node_id side : {1U, 2U}) {
      edges.push_back({3 * m, 3 * m + side});
      edges.push_back({3 * m + side, 3 * m + 3});
    }
  const auto found = betweenness(*graph::undirected(3 * meshes + 1, edges));
  CHECK(std::ranges::all_of(found, [](double value) { return std::isfinite(value); }));
  CHECK(std::ranges::max_element(found) - found.begin() == 3 * meshes / 2);
  for (node_id m = 0; m < meshes; ++m)
    REQUIRE(found[3 * m + 1] == found[3 * m + 2]);
}
