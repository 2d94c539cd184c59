// The parameter server as a pure function: synchronous SGD with the mean of the workers' gradients.

#include <cmath>
#include <numeric>
#include <vector>

#include "core/learning/algorithms.hpp"
#include "core/learning/participation.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/quadratic_trainer.hpp"
#include "tests/support/toy_world.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

namespace {

constexpr std::uint32_t workers = 8, rounds = 12, local_steps = 2;

toy_run make_run(const model_runtime& runtime, double participation) {
  toy_run run(runtime, parameter_server(), workers, rounds);
  run.parameters = config::section({{"name", std::string("parameter-server")}, {"participation", participation}});
  run.local_steps = local_steps;
  return run;
}

/// v = mu v + (1 / |S|) sum_k a_k (x - b_k), x = x - rate v.
std::vector<double> reference(const quadratic_runtime& runtime, double participation, node_id without = workers) {
  const auto& p = runtime.data();
  std::vector<double> x(p.start[workers].begin(), p.start[workers].end()), velocity(x.size(), 0.0);
  for (round_number r = 0; r < rounds; ++r) {
    auto taking_part = draw_participants(1, r, workers, participation);
    std::erase(taking_part, without);
    for (std::size_t k = 0; k < x.size(); ++k) {
      double gradient = 0;
      for (const node_id w : taking_part)
        gradient += static_cast<double>(p.a[w]) * (x[k] - static_cast<double>(p.b[w][k]));
      velocity[k] =
          static_cast<double>(p.optimizer.momentum) * velocity[k] + gradient / static_cast<double>(taking_part.size());
      x[k] -= static_cast<double>(p.optimizer.rate) * velocity[k];
    }
  }
  return x;
}

void check_close(const std::vector<float>& model, const std::vector<double>& expected) {
  REQUIRE(model.size() == expected.size());
  for (std::size_t k = 0; k < model.size(); ++k)
    CHECK(std::abs(static_cast<double>(model[k]) - expected[k]) < 2e-6 * std::max(1.0, std::abs(expected[k])));
}

quadratic_runtime runtime_of(float momentum) {
  auto problem = quadratic_runtime::random_problem(workers + 1, 3);
  problem.optimizer.momentum = momentum;
  return quadratic_runtime(std::move(problem));
}

} // namespace

TEST_CASE("with equal shards a parameter server is gradient descent on all data") {
  const linear_regression_runtime runtime(linear_regression_runtime::random_problem(workers, 6, 4));
  const auto world = make_run(runtime, 1.0).run();
  REQUIRE(world->all_finished());
  const auto& p = runtime.data();
  std::vector<std::uint32_t> all(p.targets.size());
  std::iota(all.begin(), all.end(), 0U);
  std::vector<double> x(p.features, 0.0), gradient(p.features);
  for (round_number r = 0; r < rounds; ++r) {
    static_cast<void>(runtime.loss<double>(x, gradient, all));
    for (std::size_t k = 0; k < x.size(); ++k)
      x[k] -= static_cast<double>(p.optimizer.rate) * gradient[k];
  }
  const auto model = values_of(world->models())[workers];
  for (std::size_t k = 0; k < x.size(); ++k)
    CHECK(std::abs(static_cast<double>(model[k]) - x[k]) < 1e-6);
}

TEST_CASE("the parameter server's optimizer follows the formula in whatever order things happen") {
  for (const float momentum : {0.0F, 0.9F})
    for (const double participation : {0.3, 1.0}) {
      const auto runtime = runtime_of(momentum);
      auto run = make_run(runtime, participation);
      run.context.evaluation.every = 3;
      std::vector<float> first;
      for (std::uint64_t seed = 0; seed < 6; ++seed) {
        run.options.shuffle = seed;
        run.options.over_the_wire = seed % 2 == 1;
        const auto world = run.run();
        REQUIRE(world->all_finished());
        const auto model = values_of(world->models())[workers];
        check_close(model, reference(runtime, participation));
        if (seed == 0)
          first = model;
        CHECK(model == first); // the same bits
        const auto& server = world->log(workers);
        REQUIRE(server.reports.size() == rounds);
        CHECK(server.reports[2].evaluations.size() == 1);
        CHECK(server.reports.back().bytes_sent == server.wire_bytes);
      }
    }
}

TEST_CASE("a worker without a finite gradient is left out by the parameter server") {
  auto problem = quadratic_runtime::random_problem(workers + 1, 3);
  problem.poisoned = [](node_id node, std::uint64_t) { return node == 2; };
  const quadratic_runtime runtime(problem);
  auto run = make_run(runtime, 1.0);
  run.context.on_nonfinite = nonfinite_policy::isolate;
  const auto world = run.run();
  REQUIRE(world->all_finished());
  CHECK(world->log(2).diverged.size() == 1);
  check_close(values_of(world->models())[workers], reference(runtime, 1.0, 2));
}

TEST_CASE("a parameter server whose steps are too long says that it diverges") {
  auto problem = quadratic_runtime::random_problem(workers + 1, 3);
  problem.optimizer.rate = 1e30F;
  const quadratic_runtime runtime(problem);
  const auto world = make_run(runtime, 1.0).run();
  CHECK_FALSE(world->all_finished());
  std::size_t diverged = 0;
  for (node_id node = 0; node <= workers; ++node)
    diverged += world->log(node).diverged.size();
  CHECK(diverged > 0);
}

TEST_CASE("a parameter server resumes to the bit") {
  const auto runtime = runtime_of(0.9F);
  auto run = make_run(runtime, 0.5);
  const auto reference_run = run.run();
  for (const round_number boundary : {1U, 5U, rounds - 1}) {
    auto world = run.make();
    world->withhold_views_from(boundary);
    world->start();
    world->run();
    std::vector<state> states;
    for (node_id node = 0; node <= workers; ++node)
      states.push_back(world->at(node).save());
    const auto again = run.resume(states);
    again->start();
    again->run();
    REQUIRE(again->all_finished());
    CHECK(values_of(again->models())[workers] == values_of(reference_run->models())[workers]);
    CHECK(again->log(workers).reports.back().bytes_sent == reference_run->log(workers).reports.back().bytes_sent);
  }
}
