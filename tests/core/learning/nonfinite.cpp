// Nodes whose parameters are no longer finite: they stop the run, or are isolated.

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "core/learning/algorithms.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/quadratic_trainer.hpp"
#include "tests/support/toy_world.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

namespace {

constexpr std::size_t size = 3;

/// Node `bad` has NaN gradients from round `from` on.
quadratic_runtime poisoned(std::uint32_t n, node_id bad, round_number from) {
  auto problem = quadratic_runtime::random_problem(n, size);
  problem.poisoned = [=](node_id node, std::uint64_t batch) { return node == bad && batch >= from; };
  return quadratic_runtime(std::move(problem));
}

/// x <- W (x - rate gradient) in double precision; from round `from` on `gone` is not there, and its weight is the
/// receiver's own.
std::vector<std::vector<double>> recursion_without(const quadratic_runtime& runtime, matrix weights, node_id gone,
                                                   round_number from, std::uint32_t rounds) {
  const auto& p = runtime.data();
  const std::size_t n = p.a.size();
  std::vector<std::vector<double>> x;
  for (const auto& start : p.start)
    x.emplace_back(start.begin(), start.end());
  for (round_number r = 0; r < rounds; ++r) {
    if (r == from)
      for (std::size_t i = 0; i < n; ++i)
        if (i != gone)
          weights[i][i] += std::exchange(weights[i][gone], 0.0);
    const auto before = x;
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t k = 0; k < size; ++k) {
        x[i][k] = 0;
        for (std::size_t j = 0; j < n; ++j)
          x[i][k] += weights[i][j] * (before[j][k] - p.optimizer.rate * p.a[j] * (before[j][k] - p.b[j][k]));
      }
  }
  return x;
}

} // namespace

TEST_CASE("a node that diverges says so once, stops, and its neighbours can name it") {
  const auto runtime = poisoned(6, 4, 2);
  toy_run run(runtime, d_psgd(), 6, 5);
  run.options.record_sent = true;
  run.options.views = static_views(metropolis_hastings(ring(6)));
  const auto world = run.run();
  CHECK_FALSE(world->all_finished());
  REQUIRE(world->log(4).diverged.size() == 1);
  CHECK(world->log(4).diverged[0].round == 2);
  CHECK(std::isnan(world->log(4).diverged[0].loss));
  CHECK(world->log(4).sent.size() == 2 * 2);
  CHECK(world->at(4).waiting_for().what.empty());
  CHECK(world->at(3).waiting_for().what == "models of round 2");
  CHECK(world->at(3).waiting_for().nodes == std::vector<node_id>{4});
}

TEST_CASE("an isolated node sends empty notices, and its neighbours keep its weight") {
  constexpr std::uint32_t n = 7, rounds = 6;
  const auto runtime = poisoned(n, 4, 2);
  const auto weights = metropolis_hastings(random_cycles(n, 2, 5, 0));
  toy_run run(runtime, d_psgd(), n, rounds);
  run.context.on_nonfinite = nonfinite_policy::isolate;
  run.options.record_sent = true;
  run.options.views = static_views(weights);
  const auto expected = recursion_without(runtime, weights, 4, 2, rounds);
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    run.options.shuffle = seed;
    const auto world = run.run();
    REQUIRE(world->all_finished());
    const auto models = world->models();
    CHECK(models[4] == nullptr);
    for (node_id i = 0; i < n; ++i)
      for (std::size_t k = 0; i != 4 && k < size; ++k)
        CHECK(models[i]->values()[k] == doctest::Approx(expected[i][k]).epsilon(1e-5));
    const auto& log = world->log(4);
    CHECK(log.diverged.size() == 1);
    CHECK(log.finished[0].parameters_hash == 0);
    REQUIRE(log.reports.size() == rounds);
    CHECK(std::isfinite(log.reports[1].train_loss));
    CHECK(std::isnan(log.reports[2].train_loss));
    CHECK(log.reports.back().model == nullptr);
    CHECK(log.reports.back().bytes_sent == log.wire_bytes);
    for (const auto& [time, f] : log.sent)
      CHECK((f.body == nullptr) == (f.round >= 2));
  }
}

TEST_CASE("when every node is isolated the run still ends") {
  auto problem = quadratic_runtime::random_problem(4, size);
  problem.poisoned = [](node_id, std::uint64_t batch) { return batch >= 1; };
  const quadratic_runtime runtime(std::move(problem));
  for (const auto& algorithm : {d_psgd(), local(), all_reduce()}) {
    toy_run run(runtime, algorithm, 4, 4);
    run.context.on_nonfinite = nonfinite_policy::isolate;
    if (algorithm.graph == graph_use::topology)
      run.options.record_sent = true;
    run.options.views = static_views(metropolis_hastings(ring(4)));
    CHECK(run.run()->all_finished());
  }
}
