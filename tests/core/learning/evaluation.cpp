// Evaluations and reports: which nodes, after which rounds, of which model.

#include <algorithm>
#include <vector>

#include "core/learning/algorithms.hpp"
#include "core/learning/evaluation_plan.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/quadratic_trainer.hpp"
#include "tests/support/toy_world.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

TEST_CASE("an evaluation is due every so many rounds and after the last") {
  evaluation_plan plan;
  plan.rounds = 7;
  plan.every = 3;
  plan.nodes = {true, false};
  plan.samples = 10;
  plan.on_local = true;
  const auto due = [&] {
    std::vector<std::uint32_t> result;
    for (std::uint32_t done = 0; done <= 7; ++done)
      if (plan.due(done))
        result.push_back(done);
    return result;
  };
  CHECK(due() == std::vector<std::uint32_t>{3, 6, 7});
  REQUIRE(plan.steps(0, 3, 9).size() == 2);
  CHECK(plan.steps(0, 3, 9)[0].model == 9);
  CHECK(plan.steps(0, 3, 9)[0].samples == 10);
  CHECK(plan.steps(0, 7, 9)[0].samples == 0);
  CHECK(plan.steps(0, 3, 9)[1].on == test_set::local);
  CHECK(plan.steps(0, 2, 9).empty());
  CHECK(plan.steps(1, 3, 9).empty());
  plan.every = 0;
  CHECK(due() == std::vector<std::uint32_t>{7});
  plan.consensus = false;
  CHECK_FALSE(plan.average_due(3));
  CHECK(plan.average_due(7));
  plan.average_at_end = false;
  CHECK_FALSE(plan.average_due(7));
}

TEST_CASE("with a validation set, evaluations before the last are on it, but for each node's own share") {
  evaluation_plan plan;
  plan.rounds = 4;
  plan.every = 2;
  plan.nodes = {true};
  plan.samples = 10;
  plan.on_local = true;
  CHECK(plan.global_at(2) == test_set::global);
  plan.on_validation = true;
  const auto during = plan.steps(0, 2, 9), last = plan.steps(0, 4, 9);
  REQUIRE(during.size() == 2);
  CHECK(during[0].on == test_set::validation);
  CHECK(during[0].samples == 10);
  CHECK(during[1].on == test_set::local);
  CHECK(last[0].on == test_set::global);
}

TEST_CASE("the evaluated nodes are a draw of the seed") {
  const auto drawn = draw_evaluated_nodes(100, 16, 3);
  CHECK(std::count(drawn.begin(), drawn.end(), true) == 16);
  CHECK(drawn == draw_evaluated_nodes(100, 16, 3));
  CHECK(drawn != draw_evaluated_nodes(100, 16, 4));
  CHECK(draw_evaluated_nodes(5, 0, 1) == std::vector<bool>(5, true));
  CHECK(draw_evaluated_nodes(5, 9, 1) == std::vector<bool>(5, true));
}

TEST_CASE("each round is reported, and the model that is evaluated is that between two rounds") {
  constexpr std::uint32_t n = 5, rounds = 5;
  const quadratic_runtime runtime(quadratic_runtime::random_problem(n, 4));
  for (const auto& algorithm : {d_psgd(), all_reduce(), local()}) {
    CAPTURE(algorithm.schema.name);
    const auto run_of = [&](std::uint32_t of_rounds) {
      toy_run run(runtime, algorithm, n, of_rounds);
      run.context.evaluation.every = 2;
      run.context.evaluation.on_local = true;
      run.context.evaluation.nodes = {true, false, true, false, false};
      run.context.evaluation.samples = 7;
      if (algorithm.graph == graph_use::topology)
        run.options.views = static_views(metropolis_hastings(ring(n)));
      return run.run();
    };
    const auto world = run_of(rounds);
    for (node_id node = 0; node < n; ++node) {
      const auto& reports = world->log(node).reports;
      REQUIRE(reports.size() == rounds);
      CHECK(reports[0].train_loss == doctest::Approx(runtime.loss(node, runtime.data().start[node])));
      for (std::uint32_t done = 1; done <= rounds; ++done) {
        const auto& r = reports[done - 1];
        CHECK(r.rounds == done);
        const bool due = done == 2 || done == 4 || done == rounds;
        CHECK((r.model != nullptr) == due);
        const bool evaluated = due && (node == 0 || node == 2);
        REQUIRE(r.evaluations.size() == (evaluated ? 2 : 0));
        if (!due)
          continue;
        // A run of so many rounds ends with that model.
        const auto model = run_of(done)->models()[node];
        CHECK(std::ranges::equal(r.model->values(), model->values()));
        if (!evaluated)
          continue;
        CHECK(r.evaluations[0].on == test_set::global);
        CHECK(r.evaluations[0].samples == (done == rounds ? 0 : 7));
        CHECK(r.evaluations[1].on == test_set::local);
        CHECK(r.evaluations[1].loss == runtime.loss(node, model->values()));
      }
    }
  }
}

TEST_CASE("the end of the rounds is told before the last evaluation, and the hash is that of the model") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(5, 4));
  toy_run run(runtime, d_psgd(), 5, 2);
  run.options.views = static_views(metropolis_hastings(ring(5)));
  run.context.evaluation.nodes = {true, false, false, false, false};
  auto world = run.make();
  world->start();
  while (!world->all_finished())
    REQUIRE(world->step());
  CHECK(world->log(0).reports.size() == 1);
  CHECK(world->log(1).reports.size() == 2);
  world->run();
  CHECK(world->log(0).reports.size() == 2);
  CHECK(world->log(0).finished[0].parameters_hash != world->log(1).finished[0].parameters_hash);
  CHECK(world->log(0).finished[0].parameters_hash == run.run()->log(0).finished[0].parameters_hash);
}

TEST_CASE("nodes alone reach their own optimum, with no byte sent; centralized is one such node") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(4, 3));
  const auto world = toy_run(runtime, local(), 4, 300).run();
  for (node_id node = 0; node < 4; ++node) {
    CHECK(world->log(node).wire_bytes == 0);
    for (std::size_t k = 0; k < 3; ++k)
      CHECK(values_of(world->models())[node][k] == doctest::Approx(runtime.data().b[node][k]).epsilon(1e-4));
  }
  const auto alone = toy_run(runtime, centralized(), 4, 300).run();
  CHECK(alone->size() == 1);
  CHECK(values_of(alone->models())[0] == values_of(world->models())[0]);
}
