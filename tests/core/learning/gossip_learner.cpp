#include "core/learning/gossip_learner.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "core/learning/algorithms.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/quadratic_trainer.hpp"
#include "tests/support/toy_world.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

namespace {

constexpr std::size_t size = 5;

view_function changing_graph(std::uint32_t n) {
  return dynamic_views([n](round_number r) { return metropolis_hastings(random_cycles(n, 2, 7, r)); });
}

quadratic_runtime momentum_runtime(std::uint32_t n) {
  auto problem = quadratic_runtime::random_problem(n, size);
  problem.optimizer.momentum = 0.9F;
  return quadratic_runtime(std::move(problem));
}

/// What must not depend on the order of delivery: final bits, and every report.
void check_same(toy_world& world, toy_world& reference) {
  REQUIRE(world.all_finished());
  CHECK(values_of(world.models()) == values_of(reference.models()));
  for (node_id node = 0; node < world.size(); ++node) {
    const auto& [log, expected] = std::tie(world.log(node), reference.log(node));
    CHECK(log.finished.front().parameters_hash == expected.finished.front().parameters_hash);
    CHECK(log.wire_bytes == expected.wire_bytes);
    REQUIRE(log.reports.size() == expected.reports.size());
    for (std::size_t i = 0; i < log.reports.size(); ++i) {
      CHECK(log.reports[i].rounds == expected.reports[i].rounds);
      CHECK(log.reports[i].train_loss == expected.reports[i].train_loss);
      CHECK(log.reports[i].bytes_sent == expected.reports[i].bytes_sent);
    }
  }
}

} // namespace

TEST_CASE("on a doubly stochastic graph the mean model follows gradient descent") {
  constexpr std::uint32_t n = 9, rounds = 25;
  auto problem = quadratic_runtime::random_problem(n, size);
  problem.a.assign(n, 1.0F); // equal curvature: the mean gradient is the gradient at the mean
  const quadratic_runtime runtime(problem);
  toy_run run(runtime, d_psgd(), n, rounds);
  run.options.views = changing_graph(n);
  const auto models = values_of(run.run()->models());
  for (std::size_t k = 0; k < size; ++k) {
    double expected = 0, target = 0, mean = 0;
    for (std::uint32_t i = 0; i < n; ++i) {
      expected += problem.start[i][k] / double{n};
      target += problem.b[i][k] / double{n};
      mean += models[i][k] / double{n};
    }
    for (std::uint32_t r = 0; r < rounds; ++r)
      expected -= static_cast<double>(problem.optimizer.rate) * (expected - target);
    CHECK(mean == doctest::Approx(expected).epsilon(1e-6));
  }
}

TEST_CASE("no result depends on the order of delivery") {
  constexpr std::uint32_t n = 12, rounds = 6;
  const auto runtime = momentum_runtime(n);
  toy_run run(runtime, d_psgd(), n, rounds);
  run.local_steps = 2;
  SUBCASE("on a fixed graph") {
    run.options.views = static_views(metropolis_hastings(random_cycles(n, 2, 3, 0)));
  }
  SUBCASE("on a graph that changes each round") {
    run.options.views = changing_graph(n);
  }
  const auto reference = run.run();
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    run.options.shuffle = seed;
    run.options.over_the_wire = seed % 2 == 0;
    check_same(*run.run(), *reference);
  }
}

TEST_CASE("a slow node on a changing graph loses nothing, and the result is the same") {
  constexpr std::uint32_t n = 64, rounds = 8;
  const auto runtime = momentum_runtime(n);
  toy_run run(runtime, d_psgd(), n, rounds);
  run.options.views = changing_graph(n);
  const auto reference = run.run();
  for (const node_id slow : {0U, 31U, 63U})
    for (const std::uint32_t run_ahead : {0U, 2U, 5U}) {
      run.options.delayed = slow;
      run.options.run_ahead = run_ahead;
      check_same(*run.run(), *reference);
    }
}

TEST_CASE("nodes in step need two vectors each, and those of a job") {
  constexpr std::uint32_t n = 32, rounds = 10;
  const quadratic_runtime runtime(quadratic_runtime::random_problem(n, size));
  toy_run run(runtime, d_psgd(), n, rounds);
  run.options.views = changing_graph(n);
  run.context.evaluation.average_at_end = run.context.evaluation.consensus = false;
  CHECK(run.run()->pool().peak() <= 2 * n + 3);
  toy_run alone(runtime, local(), n, rounds);
  alone.context.evaluation = run.context.evaluation;
  CHECK(alone.run()->pool().peak() == n); // trained in place
}

TEST_CASE("bytes sent are the sizes of the encoded fragments") {
  constexpr std::uint32_t n = 6, rounds = 4;
  const auto runtime = momentum_runtime(n);
  toy_run run(runtime, d_psgd(), n, rounds);
  run.options.views = static_views(metropolis_hastings(ring(n)));
  const auto world = run.run();
  for (node_id node = 0; node < n; ++node) {
    CHECK(world->log(node).wire_bytes == rounds * 2 * (fragment_header_size + size * sizeof(float)));
    CHECK(world->log(node).reports.back().bytes_sent == world->log(node).wire_bytes);
    CHECK(world->log(node).reports.front().bytes_sent == world->log(node).wire_bytes / rounds);
  }
}

TEST_CASE("an optimizer that is reset each round starts every round without momentum") {
  auto problem = quadratic_runtime::random_problem(1, 1);
  problem.optimizer.momentum = 0.9F;
  const quadratic_runtime runtime(problem);
  toy_run run(runtime, local(), 1, 3);
  run.local_steps = 2;
  for (const bool reset : {true, false}) {
    run.context.reset_optimizer = reset;
    double x = problem.start[0][0], m = 0;
    for (int step = 0; step < 6; ++step) {
      m = (reset && step % 2 == 0 ? 0 : 0.9 * m) + problem.a[0] * (x - problem.b[0][0]);
      x -= static_cast<double>(problem.optimizer.rate) * m;
    }
    CHECK(values_of(run.run()->models())[0][0] == doctest::Approx(x).epsilon(1e-5));
  }
}

TEST_CASE("a node in a run of its own takes each fragment once and none of an earlier round") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(2, size));
  const auto pool = vector_pool::make(size);
  job_runner runner(runtime.make_trainer(), pool);
  const toy_run run(runtime, d_psgd(), 2, 3);
  gossip_learner node({std::make_shared<const run_context>(run.context), 0, pool->copy(runtime.data().start[0]), 1});
  const auto view = view_of({{0.5, 0.5}, {0.5, 0.5}}, 0);
  const auto fragment_of = [&](round_number r, float value) {
    return fragment_arrived{{1, r, fragment_kind::model, false, dense_payload(pool->copy(std::vector(size, value)))}};
  };
  const auto garbage = std::numeric_limits<float>::quiet_NaN();

  auto effects = node.handle(started{}, {});
  REQUIRE(effects.size() == 1);
  CHECK(std::get<need_round>(effects[0]).round == 0);
  CHECK(node.waiting_for().what == "its neighbours of round 0");

  effects = node.handle(view_arrived{0, view}, {});
  REQUIRE(effects.size() == 1);
  auto job = std::get<compute>(effects[0]);
  CHECK(job.job.round == 0);
  CHECK(node.waiting_for().what.empty());
  effects.clear();
  // Its neighbour's model may come before its own is trained, and that of the next round too.
  CHECK(node.handle(fragment_of(1, 3), {}).empty());
  CHECK(node.handle(fragment_of(0, 2), {}).empty());
  CHECK(node.handle(fragment_of(0, garbage), {}).empty());
  effects = node.handle(computed{job.id, runner.run(job.job)}, {});
  REQUIRE(effects.size() == 2);
  const auto sent = std::get<send>(effects[0]);
  CHECK(sent.receivers == std::vector<node_id>{1});
  CHECK(std::get<need_round>(effects[1]).round == 1);
  CHECK(node.waiting_for().what == "its neighbours of round 1");

  effects = node.handle(view_arrived{1, view}, {});
  REQUIRE(effects.size() == 1);
  job = std::get<compute>(effects[0]);
  CHECK(job.job.round == 1);
  CHECK(node.handle(fragment_of(0, garbage), {}).empty());
  effects = node.handle(computed{job.id, runner.run(job.job)}, {});
  REQUIRE(effects.size() == 3);
  CHECK(std::get<report>(effects[0]).rounds == 1);
  const auto& second = std::get<send>(effects[1]).fragment;
  const auto mine = sent.fragment.body->values->values();
  for (std::size_t k = 0; k < size; ++k) {
    const double mixed = 0.5 * mine[k] + 0.5 * 2;
    const double trained = mixed - 0.1 * runtime.data().a[0] * (mixed - runtime.data().b[0][k]);
    CHECK(second.body->values->values()[k] == doctest::Approx(trained).epsilon(1e-6));
  }
  CHECK(node.handle(stopped{}, {}).empty());
  CHECK(node.handle(view_arrived{2, view}, {}).empty());
}

TEST_CASE("a run of two rounds without the second view waits, and says for what") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(3, size));
  toy_run run(runtime, d_psgd(), 3, 3);
  run.options.views = static_views(metropolis_hastings(ring(3)));
  auto world = run.make();
  world->withhold_views_from(1);
  world->start();
  world->run();
  CHECK_FALSE(world->all_finished());
  CHECK(world->at(1).waiting_for().round == 0);
  CHECK(world->at(1).waiting_for().what == "its neighbours of round 1");
  CHECK(world->at(1).waiting_for().nodes.empty());
}
