#include "topologies/repair.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/random.hpp"
#include "tests/topologies/support.hpp"
#include "topologies/metrics.hpp"
#include "topologies/registry.hpp"
#include "topologies/view_sequence.hpp"

using namespace rhizome;
using namespace rhizome::topologies;
using doctest::Approx;

namespace {

using nodes = std::set<node_id>;
using edges = std::vector<edge>;

/// `count` of n nodes.
nodes some(std::size_t n, std::size_t count, std::uint64_t seed) {
  std::vector<node_id> order(n);
  std::iota(order.begin(), order.end(), node_id{0});
  random_stream(seed, purpose::topology, 7).shuffle(std::span(order));
  return {order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count)};
}

/// The edges of the graph between nodes that are present, under their own ids.
edges kept(const graph& g, const nodes& absent) {
  edges list;
  for (const edge& e : g.edges())
    if (!absent.contains(e.from) && !absent.contains(e.to))
      list.push_back(e);
  return list;
}

/// The edges of a repaired graph under the ids of the whole one.
edges named(const repaired_graph& repaired) {
  edges list;
  for (const auto& [from, to] : repaired.links.edges())
    list.push_back({repaired.ids[from], repaired.ids[to]});
  return list;
}

/// Those of `all` that are not in `old`; all of `old` are in `all`.
edges added(const edges& all, const edges& old) {
  REQUIRE(std::ranges::includes(all, old));
  edges list;
  std::ranges::set_difference(all, old, std::back_inserter(list));
  return list;
}

double sum_in(const learning::round_view& view) {
  double sum = view.self_weight;
  for (const auto& neighbour : view.in)
    sum += neighbour.weight;
  return sum;
}

double sum_out(const learning::round_view& view) {
  double sum = view.self_weight;
  for (const auto& neighbour : view.out)
    sum += neighbour.weight;
  return sum;
}

/// 0 -> 1 -> ... -> n - 1 -> 0
graph directed_ring(node_id n) {
  edges list;
  for (node_id i = 0; i < n; ++i)
    list.push_back({i, (i + 1) % n});
  return *graph::directed(n, list);
}

} // namespace

TEST_CASE("what is left of any topology is connected with few more links, and no degree grows by more than two") {
  constexpr std::size_t n = 64;
  for (const topology& kind : all()) {
    if (kind.schema.name == "file")
      continue;
    const auto g = draw(kind.schema.name, n);
    for (const std::size_t lost : {1U, 5U, 20U, 40U, 62U, 63U}) {
      for (std::uint64_t seed = 0; seed < 5; ++seed) {
        CAPTURE(kind.schema.name);
        CAPTURE(lost);
        CAPTURE(seed);
        const auto absent = some(n, lost, seed);
        const auto repaired = repair(*g, absent);
        REQUIRE(repaired.ids.size() == n - lost);
        CHECK(std::ranges::is_sorted(repaired.ids));
        CHECK(is_connected(repaired.links));
        CHECK(repaired.links.is_undirected());
        const auto old = kept(*g, absent);
        const auto fresh = added(named(repaired), old);
        const auto parts = weak_components(*graph::directed(n, old)).count - lost; // absent nodes stand alone in it
        CHECK(fresh.size() == (parts == 1 ? 0 : parts == 2 ? 2 : 2 * parts));
        for (const node_id id : repaired.ids)
          CHECK(std::ranges::count(fresh, id, &edge::from) <= 2);
        CHECK(repair(*g, absent).links == repaired.links);
      }
    }
  }
}

TEST_CASE("a regular graph stays nearly regular") {
  const auto g = draw("regular", 256, {{"degree", std::int64_t{3}}});
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto repaired = repair(*g, some(256, 100, seed));
    CHECK(out_degrees(repaired.links).max <= 3 + 1);
  }
}

TEST_CASE("a graph that stays connected loses edges and gets none") {
  const auto g = draw("complete", 6);
  const auto repaired = repair(*g, {1, 4});
  CHECK(repaired.ids == std::vector<node_id>{0, 2, 3, 5});
  CHECK(repaired.links.edge_count() == 4 * 3);
  CHECK(repair(*g, {}).links == *g);
  CHECK(repair(*g, {17}).links == *g);
}

TEST_CASE("two parts get one link between their nodes of lowest degree, more a ring") {
  const auto ring = draw("ring", 8);
  CHECK(added(named(repair(*ring, {0, 4})), kept(*ring, {0, 4})) == edges{{1, 5}, {5, 1}});
  CHECK(repair(*ring, {3}).links.edge_count() == 2 * 6); // a path of seven
  const auto star = draw("star", 6);                     // around node 0
  CHECK(named(repair(*star, {0})) ==
        edges{{1, 2}, {1, 5}, {2, 1}, {2, 3}, {3, 2}, {3, 4}, {4, 3}, {4, 5}, {5, 1}, {5, 4}});
}

TEST_CASE("one node alone has no links, and no node no graph") {
  const auto g = draw("ring", 4);
  const auto alone = repair(*g, {0, 1, 3});
  CHECK(alone.ids == std::vector<node_id>{2});
  CHECK(alone.links.edge_count() == 0);
  CHECK(repair(*g, {0, 1, 2, 3}).ids.empty());
}

TEST_CASE("a directed graph is strongly connected again, with few edges") {
  const auto ring = directed_ring(9);
  CHECK(added(named(repair(ring, {4})), kept(ring, {4})) == edges{{3, 5}});
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    CAPTURE(seed);
    // Two random cycles through 40 nodes, one direction each.
    edges list = directed_ring(40).edges();
    std::vector<node_id> order(40);
    std::iota(order.begin(), order.end(), node_id{0});
    random_stream(seed, purpose::topology).shuffle(std::span(order));
    for (std::size_t i = 0; i < order.size(); ++i)
      if (const edge e{order[i], order[(i + 1) % order.size()]}; !std::ranges::count(list, e))
        list.push_back(e);
    const auto g = *graph::directed(40, list);
    const auto absent = some(40, 3 + seed % 30, seed);
    const auto repaired = repair(g, absent);
    CHECK(is_connected(repaired.links));
    const auto fresh = added(named(repaired), kept(g, absent));
    for (const node_id id : repaired.ids) {
      CHECK(std::ranges::count(fresh, id, &edge::from) <= 2);
      CHECK(std::ranges::count(fresh, id, &edge::to) <= 2);
    }
    std::size_t sinks = 0;
    std::size_t sources = 0;
    for (const node_id id : repaired.ids) {
      sinks += std::ranges::count(kept(g, absent), id, &edge::from) == 0 ? 1 : 0;
      sources += std::ranges::count(kept(g, absent), id, &edge::to) == 0 ? 1 : 0;
    }
    CHECK(fresh.size() >= std::max(sinks, sources)); // each of them needs one
  }
}

TEST_CASE("weights of a file stay, added links have Metropolis-Hastings weights, and rows do not sum to more than 1") {
  // The path 0 - 1 - 2 - 3 - 4 without its middle: 0 - 1 and 3 - 4 are linked by 0 and 3.
  const edges links{{0, 1}, {1, 2}, {2, 3}, {3, 4}};
  const auto light = *graph::undirected(5, links, std::vector<double>{0.25, 0.25, 0.25, 0.25});
  const auto repaired = repair(light, {2});
  REQUIRE(repaired.links.edges() == edges{{0, 1}, {0, 2}, {1, 0}, {2, 0}, {2, 3}, {3, 2}});
  const double added_weight = 1.0 / 3;
  const auto weights = mix(repaired.links, {weight_rule::file});
  REQUIRE(weights.has_value());
  CHECK(weights->in == std::vector<double>{0.25, added_weight, 0.25, added_weight, 0.25, 0.25});
  CHECK(weights->is_doubly_stochastic(repaired.links));
  const auto heavy = *graph::undirected(5, links, std::vector<double>{1, 0, 0, 1});
  const auto scaled = mix(repair(heavy, {2}).links, {weight_rule::file});
  REQUIRE(scaled.has_value());
  CHECK(scaled->in[0] == Approx(2.0 / 3));
  CHECK(scaled->in[1] == Approx(added_weight));
  CHECK(scaled->self[0] == Approx(0));
  CHECK(scaled->in[2] == 1); // node 1 got no link
  CHECK(mix(repair(light, {0, 1, 2, 3}).links, {weight_rule::file}).has_value());
}

TEST_CASE("views without absent nodes are repaired: rows sum to 1 under every rule, columns where it promises so") {
  constexpr std::size_t n = 32;
  for (const char* name : {"ring", "regular", "star", "binary-tree", "complete"}) {
    for (const char* rule : {"metropolis-hastings", "uniform", "max-degree", "best-constant", "centrality"}) {
      const auto sequence = view_sequence::make(settings(name, {{"weights", std::string(rule)}}), n, 3,
                                                view_detail::receivers_neighbours);
      REQUIRE(sequence.has_value());
      for (const std::size_t lost : {1U, 6U, 20U, 30U, 31U}) {
        CAPTURE(name);
        CAPTURE(rule);
        CAPTURE(lost);
        const auto absent = some(n, lost, lost);
        const auto views = *sequence->views(4, absent);
        REQUIRE(views.size() == n);
        for (node_id node = 0; node < n; ++node) {
          CHECK((views[node] == nullptr) == absent.contains(node));
          if (!views[node])
            continue;
          const auto& view = *views[node];
          CHECK(sum_in(view) == Approx(1).epsilon(1e-12));
          if (std::string_view(rule) != "uniform" && std::string_view(rule) != "centrality")
            CHECK(sum_out(view) == Approx(1).epsilon(1e-12));
          CHECK(std::ranges::is_sorted(view.in, {}, &learning::neighbour::id));
          REQUIRE(view.in_neighbours_of_out.size() == view.out.size());
          for (std::size_t i = 0; i < view.out.size(); ++i) {
            const auto& [receiver, weight] = view.out[i];
            REQUIRE_FALSE(absent.contains(receiver));
            CHECK(std::ranges::count(views[receiver]->in, learning::neighbour{node, weight}) == 1);
            CHECK(view.in_neighbours_of_out[i].size() == views[receiver]->in.size());
            CHECK(std::ranges::count(view.in_neighbours_of_out[i], node) == 1);
          }
        }
      }
    }
  }
}

TEST_CASE("the last node has a view without neighbours, and without anybody there are no views") {
  const auto sequence = view_sequence::make(settings("ring", {{"weights", std::string("best-constant")}}), 4, 1);
  const auto views = *sequence->views(0, {0, 1, 3});
  CHECK(views[2]->self_weight == 1);
  CHECK(views[2]->in.empty());
  CHECK(views[2]->out.empty());
  CHECK(std::ranges::count(*sequence->views(0, {0, 1, 2, 3}), nullptr) == 4);
}

TEST_CASE("views without absent nodes are shared on a static graph, and drawn for each round on a dynamic one") {
  const auto fixed = view_sequence::make(settings("regular"), 64, 3);
  const nodes absent{3, 17};
  const auto whole = *fixed->views(1);
  const auto without = *fixed->views(1, absent);
  CHECK(without != whole);
  CHECK(*fixed->views(5, absent) == without); // the same objects
  CHECK(*fixed->views(5, {}) == whole);
  CHECK(*fixed->views(5, {4}) != without);
  const auto again = *fixed->views(6, absent);
  for (node_id node = 0; node < 64; ++node)
    if (!absent.contains(node))
      CHECK(again[node]->in == without[node]->in);

  const auto fresh = view_sequence::make(settings("regular", {{"dynamic", true}}), 64, 3);
  const auto ninth = *fresh->views(9, absent);
  const auto same = *fresh->views(9, absent);
  const auto tenth = *fresh->views(10, absent);
  bool differs = false;
  for (node_id node = 0; node < 64; ++node) {
    if (absent.contains(node))
      continue;
    CHECK(ninth[node]->in == same[node]->in);
    differs |= ninth[node]->in != tenth[node]->in;
  }
  CHECK(differs);
}
