// Peer samplers among the nodes: what graphs they make, and D-PSGD on these.

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "core/learning/algorithms.hpp"
#include "core/learning/cyclon.hpp"
#include "core/learning/random_walk.hpp"
#include "core/learning/registry.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/quadratic_trainer.hpp"
#include "tests/support/resuming.hpp"
#include "tests/support/toy_world.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

namespace {

/// The view makers of n nodes with messages between them in a random order, and no learners.
class makers {
public:
  using factory = std::function<std::unique_ptr<view_maker>(const node_context&)>;

  makers(std::uint32_t n, std::uint32_t rounds, std::uint64_t order, const factory& make)
      : random_(order, purpose::evaluation), views(rounds, std::vector<round_view_ptr>(n)) {
    auto run = std::make_shared<run_context>();
    run->nodes = n;
    run->rounds = rounds;
    for (node_id i = 0; i < n; ++i)
      nodes.push_back(make({run, i, nullptr}));
  }

  /// All nodes may make the view of this round; then whatever follows.
  void play(round_number round) {
    for (node_id i = 0; i < nodes.size(); ++i) {
      effects out;
      nodes[i]->allow(round, out);
      post(std::move(out));
    }
    while (!pending_.empty()) {
      const auto index = static_cast<std::ptrdiff_t>(random_.below(pending_.size()));
      auto [to, f] = std::move(pending_[static_cast<std::size_t>(index)]);
      pending_.erase(pending_.begin() + index);
      effects out;
      nodes.at(to)->take(std::move(f), out);
      post(std::move(out));
    }
    for (node_id i = 0; i < nodes.size(); ++i)
      while (auto made = nodes[i]->next())
        views.at(made->round)[i] = made->view;
  }

private:
  void post(effects out) {
    for (auto& e : out) {
      auto& s = std::get<send>(e);
      for (const node_id to : s.receivers)
        pending_.emplace_back(to, s.fragment);
    }
  }

  random_stream random_;
  std::deque<std::pair<node_id, fragment>> pending_;

public:
  std::vector<std::unique_ptr<view_maker>> nodes;
  std::vector<std::vector<round_view_ptr>> views; ///< [rounds][nodes]
};

makers::factory cyclon(cyclon_options options = {}) {
  return [options](const node_context& context) { return std::make_unique<cyclon_views>(context, options); };
}

makers::factory walks(random_walk_options options = {}) {
  return [options](const node_context& context) { return std::make_unique<random_walk_views>(context, options); };
}

bool is_connected(const std::vector<round_view_ptr>& views) {
  std::set<node_id> reached{0};
  std::vector<node_id> next{0};
  while (!next.empty()) {
    const auto node = next.back();
    next.pop_back();
    for (const auto& neighbour : views[node]->in)
      if (reached.insert(neighbour.id).second)
        next.push_back(neighbour.id);
  }
  return reached.size() == views.size();
}

/// Mutual edges with Metropolis-Hastings weights: symmetric, and rows sum to 1.
void check_weights(const std::vector<round_view_ptr>& views) {
  for (node_id i = 0; i < views.size(); ++i) {
    REQUIRE(views[i]);
    CHECK(views[i]->in == views[i]->out);
    double sum = views[i]->self_weight;
    for (const auto& [j, weight] : views[i]->in) {
      sum += weight;
      CHECK(weight == 1.0 / (1.0 + static_cast<double>(std::max(views[i]->in.size(), views[j]->in.size()))));
      CHECK(std::ranges::binary_search(views[j]->in, i, {}, &neighbour::id));
    }
    CHECK(sum == doctest::Approx(1));
    CHECK(views[i]->self_weight > 0);
  }
}

config::section options(const std::string& sampler) {
  auto section = config::defaults(algorithm_schema(), "peer-sampling");
  section.set("sampler", sampler);
  section.set("view_size", std::int64_t{5});
  section.set("shuffle_length", std::int64_t{3});
  section.set("degree", std::int64_t{2});
  return section;
}

} // namespace

TEST_CASE("over 100 rounds the graphs of 64 nodes are connected, and no node is left out or overrun") {
  constexpr std::uint32_t n = 64, rounds = 100, degree = 3;
  for (const bool walking : {false, true}) {
    CAPTURE(walking);
    makers world(n, rounds, 1, walking ? walks() : cyclon());
    std::vector<std::size_t> total(n, 0), histogram(n, 0);
    std::set<std::pair<node_id, node_id>> met;
    for (round_number r = 0; r < rounds; ++r) {
      world.play(r);
      const auto& views = world.views[r];
      check_weights(views);
      CHECK(is_connected(views));
      for (node_id i = 0; i < n; ++i) {
        total[i] += views[i]->in.size();
        ++histogram[views[i]->in.size()];
        for (const auto& other : views[i]->in)
          met.emplace(i, other.id);
      }
    }
    for (node_id i = 0; i < n; ++i) { // mean 2 degree less the doubles, deviation of a round about sqrt(degree)
      const double mean = static_cast<double>(total[i]) / rounds;
      CHECK(mean > 1.4 * degree);
      CHECK(mean < 2.8 * degree);
    }
    CHECK(histogram[0] == 0);
    CHECK(std::accumulate(histogram.begin() + 6 * degree, histogram.end(), std::size_t{0}) < n * rounds / 100);
    CHECK(met.size() > 0.95 * n * (n - 1)); // of all pairs
  }
}

TEST_CASE("Cyclon's views keep their size, change, and know nobody twice") {
  constexpr std::uint32_t n = 64, rounds = 40;
  makers world(n, rounds, 3, cyclon());
  const auto peers = [&](node_id i) { return dynamic_cast<const cyclon_views&>(*world.nodes[i]).peers(); };
  std::vector<std::vector<node_id>> first;
  for (node_id i = 0; i < n; ++i)
    first.push_back(peers(i));
  std::vector<std::uint32_t> in_degree(n, 0);
  std::size_t kept = 0;
  for (round_number r = 0; r < rounds; ++r)
    world.play(r);
  for (node_id i = 0; i < n; ++i) {
    const auto now = peers(i);
    CHECK(now.size() == 8);
    CHECK(std::set<node_id>(now.begin(), now.end()).size() == 8);
    for (const node_id peer : now) {
      CHECK(peer != i);
      ++in_degree.at(peer);
      kept += std::ranges::binary_search(first[i], peer) ? 1 : 0;
    }
  }
  CHECK(kept < n * 8 / 3); // 8 of 63 would be chance
  CHECK(std::ranges::min(in_degree) >= 1);
  CHECK(std::ranges::max(in_degree) <= 20);
}

TEST_CASE("the graphs do not depend on the order in which messages come") {
  constexpr std::uint32_t n = 20, rounds = 12;
  for (const bool walking : {false, true}) {
    const auto make = walking ? walks() : cyclon();
    makers reference(n, rounds, 0, make);
    for (round_number r = 0; r < rounds; ++r)
      reference.play(r);
    for (std::uint64_t order = 1; order < 6; ++order) {
      makers world(n, rounds, order, make);
      for (round_number r = 0; r < rounds; ++r)
        world.play(r);
      for (round_number r = 0; r < rounds; ++r)
        for (node_id i = 0; i < n; ++i)
          CHECK(world.views[r][i]->in == reference.views[r][i]->in);
    }
  }
}

TEST_CASE("two nodes, and views of all other nodes, work too") {
  for (const std::uint32_t n : {2U, 3U, 5U}) {
    for (const auto& make : {cyclon({1, n - 1, n - 1}), walks({2, n - 1, 3})}) {
      makers world(n, 10, 1, make);
      for (round_number r = 0; r < 10; ++r) {
        world.play(r);
        check_weights(world.views[r]);
      }
    }
  }
}

TEST_CASE("what no node of the protocol can have written brings nobody into the overlay who is not there") {
  constexpr std::uint32_t n = 12, rounds = 4, nobody = 99;
  const std::vector<std::vector<std::uint32_t>> malformed = {
      {1, 1, nobody, 0}, {1, 0, nobody}, {1, 5}, {1, ~0U, 3, 0}, {1, 2, 3, 0, 3, 0}, // requests to shuffle
      {0, nobody, 0},    {nobody, 3, 0}, {0, 3},                                     // answers to node 0
      {nobody},          {3, nobody, 3}};                                            // where an entry or a walk is
  for (const bool walking : {false, true})
    for (std::uint16_t kind = 1; kind <= 3; ++kind)
      for (const auto& numbers : malformed)
        for (const node_id victim : {0U, 1U, 2U, 3U}) { // some of them ask in round 0, some answer
          CAPTURE(walking);
          CAPTURE(kind);
          makers world(n, rounds, 1, walking ? walks({2, 4, 3}) : cyclon());
          for (node_id sender = 0; sender < n; ++sender) {
            effects out;
            world.nodes[victim]->take({sender, 0, own_kind(kind), false, numbers_payload(numbers)}, out);
          }
          for (round_number r = 0; r + 1 < rounds; ++r)
            CHECK_NOTHROW(world.play(r)); // each message has a node that it goes to
          for (const auto& views : world.views)
            for (const auto& view : views)
              if (view && !view->in.empty())
                CHECK(view->in.back().id < n);
        }
}

TEST_CASE("a walk ends at each node about equally often") {
  constexpr std::uint32_t n = 24, rounds = 400;
  makers world(n, rounds, 1, walks({2, 6, 12}));
  std::vector<std::vector<std::uint32_t>> met(n, std::vector<std::uint32_t>(n, 0));
  for (round_number r = 0; r < rounds; ++r) {
    world.play(r);
    for (node_id i = 0; i < n; ++i)
      for (const auto& other : world.views[r][i]->in)
        ++met[i][other.id];
  }
  const double expected = rounds * 4.0 / n; // two walks of each of both ends, less doubles
  for (node_id i = 0; i < n; ++i)
    for (node_id j = 0; j < n; ++j)
      if (i != j) {
        CHECK(met[i][j] > 0.5 * expected);
        CHECK(met[i][j] < 1.6 * expected);
      }
}

TEST_CASE("learning on sampled peers gives the same bits in any order, and keeps the average") {
  constexpr std::uint32_t n = 12, rounds = 8;
  for (const std::string sampler : {"cyclon", "random-walk"}) {
    CAPTURE(sampler);
    auto problem = quadratic_runtime::random_problem(n, 3);
    problem.optimizer.rate = 0;
    const quadratic_runtime runtime(problem);
    toy_run run(runtime, peer_sampling(), n, rounds);
    run.parameters = options(sampler);
    const auto reference = run.run();
    REQUIRE(reference->all_finished());
    const auto models = values_of(reference->models());
    for (std::size_t k = 0; k < 3; ++k) {
      double before = 0, after = 0, spread = 0;
      for (node_id i = 0; i < n; ++i) {
        before += runtime.data().start[i][k] / double{n};
        after += models[i][k] / double{n};
      }
      for (node_id i = 0; i < n; ++i)
        spread = std::max(spread, std::abs(models[i][k] - after));
      CHECK(after == doctest::Approx(before).epsilon(1e-5));
      CHECK(spread < 0.2);
    }
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      run.options.shuffle = seed;
      run.options.over_the_wire = seed % 2 == 0;
      run.options.run_ahead = static_cast<std::uint32_t>(seed % 4);
      if (seed == 7)
        run.options.delayed = 3;
      const auto world = run.run();
      REQUIRE(world->all_finished());
      CHECK(values_of(world->models()) == models);
      for (node_id node = 0; node < n; ++node) {
        const auto &log = world->log(node), &expected = reference->log(node);
        CHECK(log.reports.back().bytes_sent == log.wire_bytes);
        for (round_number r = 0; r < rounds; ++r)
          CHECK(log.reports[r].bytes_sent == expected.reports[r].bytes_sent);
      }
    }
  }
}

TEST_CASE("a resumed run samples the same peers, and counts the same bytes") {
  constexpr std::uint32_t n = 12, rounds = 8;
  const quadratic_runtime runtime(quadratic_runtime::random_problem(n, 3));
  for (const std::string sampler : {"cyclon", "random-walk"}) {
    CAPTURE(sampler);
    toy_run run(runtime, peer_sampling(), n, rounds);
    run.parameters = options(sampler);
    check_resumes(run, {1, 4, rounds - 1});
  }
}

TEST_CASE("a silent peer is named") {
  constexpr std::uint32_t n = 6;
  const quadratic_runtime runtime(quadratic_runtime::random_problem(n, 3));
  for (const std::string sampler : {"cyclon", "random-walk"}) {
    toy_run run(runtime, peer_sampling(), n, 3);
    run.parameters = options(sampler);
    auto world = run.make();
    world->start();
    world->take_down(2, in_flight::lost);
    world->run();
    CHECK_FALSE(world->all_finished());
    std::set<node_id> named;
    for (const node_id node : {0U, 1U, 3U, 4U, 5U})
      for (const node_id other : world->at(node).waiting_for().nodes)
        named.insert(other);
    CHECK(named.contains(2));
  }
}

TEST_CASE("the central sampler is the graph of [topology]") {
  constexpr std::uint32_t n = 9, rounds = 5;
  const quadratic_runtime runtime(quadratic_runtime::random_problem(n, 3));
  CHECK(peer_sampling().uses(options("central")) == graph_use::topology);
  CHECK(peer_sampling().uses(options("cyclon")) == graph_use::none);
  toy_run run(runtime, peer_sampling(), n, rounds);
  run.parameters = options("central");
  toy_run plain(runtime, d_psgd(), n, rounds);
  run.options.views = plain.options.views =
      dynamic_views([](round_number r) { return metropolis_hastings(random_cycles(n, 2, 7, r)); });
  CHECK(values_of(run.run()->models()) == values_of(plain.run()->models()));
}
