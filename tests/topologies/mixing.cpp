#include "topologies/mixing.hpp"

#include <chrono>
#include <thread>

#include "tests/topologies/support.hpp"
#include "topologies/registry.hpp"
#include "topologies/view_sequence.hpp"

using namespace rhizome;
using namespace rhizome::topologies;
using doctest::Approx;

namespace {

double column_error(const std::vector<learning::round_view_ptr>& views) {
  double worst = 0;
  for (const auto& view : views) {
    double sum = view->self_weight;
    for (const auto& neighbour : view->out)
      sum += neighbour.weight;
    worst = std::max(worst, std::abs(sum - 1));
  }
  return worst;
}

double row_error(const std::vector<learning::round_view_ptr>& views) {
  double worst = 0;
  for (const auto& view : views) {
    double sum = view->self_weight;
    for (const auto& neighbour : view->in)
      sum += neighbour.weight;
    worst = std::max(worst, std::abs(sum - 1));
  }
  return worst;
}

/// 0 -> 1 -> 2 -> 0 and 0 -> 2.
graph small_directed() {
  return *graph::directed(3, std::vector<edge>{{0, 1}, {1, 2}, {2, 0}, {0, 2}});
}

} // namespace

TEST_CASE("rows sum to 1 under every rule on every graph, columns where the rule promises it") {
  for (const topology& kind : all()) {
    if (kind.schema.name == "file")
      continue;
    const auto g = draw(kind.schema.name, 64);
    for (const auto rule : {weight_rule::metropolis_hastings, weight_rule::uniform, weight_rule::max_degree,
                            weight_rule::best_constant, weight_rule::centrality}) {
      for (const bool lazy : {false, true}) {
        CAPTURE(kind.schema.name);
        CAPTURE(name_of(rule));
        const auto weights = mix(*g, {rule, lazy});
        REQUIRE(weights.has_value());
        const auto views = round_views(*g, *weights);
        CHECK(row_error(views) < 1e-12);
        if (rule == weight_rule::uniform || rule == weight_rule::centrality)
          continue;
        CHECK(weights->is_symmetric(*g));
        CHECK(weights->is_doubly_stochastic(*g));
        CHECK(column_error(views) < 1e-12);
      }
    }
  }
}

TEST_CASE("the rules have the weights of their definitions") {
  const auto g = draw("star", 4); // degrees 3, 1, 1, 1
  const auto metropolis = *mix(*g, {weight_rule::metropolis_hastings});
  CHECK(metropolis.self == std::vector<double>{0.25, 0.75, 0.75, 0.75});
  const auto uniform = *mix(*g, {weight_rule::uniform});
  CHECK(uniform.self == std::vector<double>{0.25, 0.5, 0.5, 0.5});
  CHECK_FALSE(uniform.is_doubly_stochastic(*g));
  const auto max_degree = *mix(*g, {weight_rule::max_degree});
  CHECK(max_degree.in == std::vector<double>(6, 0.25));
  const auto best = *mix(*g, {weight_rule::best_constant}); // Laplacian eigenvalues 0, 1, 1, 4
  for (const double weight : best.in)
    CHECK(weight == Approx(0.4).epsilon(1e-12));
  const auto lazy = *mix(*g, {weight_rule::metropolis_hastings, true});
  CHECK(lazy.self == std::vector<double>{0.625, 0.875, 0.875, 0.875});
}

TEST_CASE("centrality trusts a leaf more than a hub, in proportion to 1/(betweenness + 0.01)") {
  const auto star = draw("star", 4); // betweenness 1, 0, 0, 0
  const double hub = 1 / 1.01, leaf = 1 / 0.01;
  const auto weights = *mix(*star, {weight_rule::centrality});
  CHECK(weights.self[0] == Approx(hub / (hub + 3 * leaf)).epsilon(1e-12));
  for (node_id i = 1; i < 4; ++i) {
    CHECK(weights.self[i] == Approx(leaf / (hub + leaf)).epsilon(1e-12));
    CHECK(weights.in[star->in_offset(i)] == Approx(hub / (hub + leaf)).epsilon(1e-12));
    CHECK(weights.in[star->in_offset(0) + i - 1] == Approx(leaf / (hub + 3 * leaf)).epsilon(1e-12));
  }
  CHECK_FALSE(weights.is_doubly_stochastic(*star));

  const auto path = draw("path", 4); // 0, 2/3, 2/3, 0
  const double inner = 1 / (2.0 / 3 + 0.01);
  const auto of_path = *mix(*path, {weight_rule::centrality});
  CHECK(of_path.self[0] == Approx(leaf / (leaf + inner)).epsilon(1e-12));
  CHECK(of_path.self[1] == Approx(inner / (leaf + 2 * inner)).epsilon(1e-12));

  const auto ring = draw("ring", 7);
  const auto of_ring = *mix(*ring, {weight_rule::centrality});
  for (const double weight : of_ring.in)
    CHECK(weight == Approx(1.0 / 3).epsilon(1e-12)); // all nodes are alike
}

TEST_CASE("centrality is refused where it costs too much, on a graph of each round sooner") {
  const mixing_rule rule{weight_rule::centrality};
  const auto small = *draw("ring", 1'000), middle = *draw("ring", 8'000), large = *draw("ring", 16'000);
  CHECK(too_costly(small, rule, true).empty());
  CHECK(too_costly(middle, rule, false).empty());
  CHECK(says(too_costly(middle, rule, true), "in each round, here 1.3e+08, and is allowed up to 5e+07; choose "
                                             "\"uniform\", or set dynamic = false"));
  CHECK(says(too_costly(large, rule, false), "here 5.1e+08, and is allowed up to 5e+08"));
  CHECK_FALSE(says(too_costly(large, rule, true), "dynamic = false"));
  CHECK(too_costly(large, {}, true).empty());
}

TEST_CASE("a view says what I give in and what I get out, on directed graphs apart") {
  const auto g = small_directed();
  const auto weights = *mix(g, {weight_rule::uniform});
  const auto view = make_round_view(g, weights, 0, view_detail::receivers_neighbours);
  CHECK(view.self_weight == 0.5);
  CHECK(view.in == std::vector<learning::neighbour>{{2, 0.5}});
  CHECK(view.out == std::vector<learning::neighbour>{{1, 0.5}, {2, 1.0 / 3}});
  CHECK(view.in_neighbours_of_out == std::vector<std::vector<node_id>>{{0}, {0, 1}});
  CHECK(make_round_view(g, weights, 0).in_neighbours_of_out.empty());
}

TEST_CASE("directed graphs take uniform weights, their own or centrality, nothing that needs symmetry") {
  const auto g = small_directed();
  for (const auto rule : {weight_rule::metropolis_hastings, weight_rule::max_degree, weight_rule::best_constant})
    CHECK(says(mix(g, {rule}).error().message, "needs an undirected graph"));
  CHECK(mix(g, {weight_rule::uniform}).has_value());
  CHECK(mix(g, {weight_rule::centrality}).has_value());
  CHECK(says(mix(g, {weight_rule::file}).error().message, "needs a weight for each edge"));
}

TEST_CASE("weights from a file leave the rest to the node itself") {
  const auto g = *graph::directed(2, std::vector<edge>{{0, 1}, {1, 0}}, std::vector<double>{0.25, 1});
  const auto weights = *mix(g, {weight_rule::file});
  CHECK(weights.self == std::vector<double>{0, 0.75});
  CHECK(weights.out == std::vector<double>{0.25, 1});
  const auto heavy = *graph::undirected(3, std::vector<edge>{{0, 1}, {1, 2}}, std::vector<double>{0.7, 0.7});
  CHECK(says(mix(heavy, {weight_rule::file}).error().message, "node 1 gives to its neighbours sum to 1.4"));
}

TEST_CASE("a view sequence shares the views of a static graph and redraws those of a dynamic one") {
  const auto fixed = view_sequence::make(settings("regular"), 64, 3);
  CHECK(*fixed->views(0) == *fixed->views(9)); // the same objects
  const auto fresh = view_sequence::make(settings("regular", {{"dynamic", true}}), 64, 3);
  const auto views = *fresh->views(9);
  const auto again = *fresh->views(9);
  const auto other = *fresh->views(8);
  bool differs = false;
  for (std::size_t node = 0; node < 64; ++node) {
    CHECK(views[node]->in == again[node]->in);
    differs |= views[node]->in != other[node]->in;
  }
  CHECK(differs);
  CHECK(column_error(views) < 1e-12);
}

TEST_CASE("views of a round may be asked for by many threads at once") {
  const auto sequence = view_sequence::make(settings("regular", {{"dynamic", true}}), 256, 3);
  std::vector<std::vector<learning::round_view_ptr>> seen(8);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < seen.size(); ++t)
    threads.emplace_back([&, t] { seen[t] = *sequence->views(static_cast<round_number>(t % 2)); });
  for (auto& thread : threads)
    thread.join();
  for (std::size_t t = 2; t < seen.size(); ++t)
    for (std::size_t node = 0; node < 256; ++node)
      CHECK(seen[t][node]->in == seen[t % 2][node]->in);
}

TEST_CASE("a round of 16,384 nodes is redrawn in milliseconds") {
  const auto sequence = view_sequence::make(settings("regular", {{"dynamic", true}}), 16'384, 3);
  const auto start = std::chrono::steady_clock::now();
  const auto views = *sequence->views(1);
  const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - start;
  MESSAGE("milliseconds: " << spent.count());
  CHECK(views.size() == 16'384);
  CHECK(column_error(views) < 1e-12);
}
