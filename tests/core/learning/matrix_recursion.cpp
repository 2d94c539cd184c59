// D-PSGD against the recursion X <- W (X - rate G) in double precision.

#include <set>
#include <vector>

#include "core/learning/algorithms.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/quadratic_trainer.hpp"
#include "tests/support/toy_world.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

namespace {

using model = std::vector<double>;

/// One local step of every node on its own batch of that number.
void local_step(const linear_regression_runtime& runtime, std::vector<model>& x, std::uint64_t batch) {
  for (node_id i = 0; i < x.size(); ++i) {
    model gradient(x[i].size());
    runtime.loss<double>(x[i], gradient, runtime.batch(i, batch));
    for (std::size_t k = 0; k < gradient.size(); ++k)
      x[i][k] -= static_cast<double>(runtime.data().optimizer.rate) * gradient[k];
  }
}

std::vector<model> product(const matrix& weights, const std::vector<model>& x) {
  std::vector<model> result(x.size(), model(x.front().size(), 0.0));
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = 0; j < x.size(); ++j)
      for (std::size_t k = 0; k < x[j].size(); ++k)
        result[i][k] += weights[i][j] * x[j][k];
  return result;
}

double largest_difference(const std::vector<std::vector<float>>& a, const std::vector<model>& b) {
  double result = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t k = 0; k < a[i].size(); ++k)
      result = std::max(result, std::abs(a[i][k] - b[i][k]));
  return result;
}

} // namespace

TEST_CASE("D-PSGD on 16 nodes equals the matrix recursion") {
  constexpr std::uint32_t n = 16, rounds = 20, features = 6;
  auto problem = linear_regression_runtime::random_problem(n, 24, features);
  std::uint32_t local_steps = 1;
  SUBCASE("with full batches") {}
  SUBCASE("with three local steps on mini-batches a round") {
    local_steps = 3;
    problem.full_batch = false;
    problem.sampler.batch_size = 5;
    problem.sampler.drop_last = false;
  }
  const linear_regression_runtime runtime(problem);
  const auto weights = [](round_number r) { return metropolis_hastings(random_cycles(n, 2, 11, r)); };
  toy_run run(runtime, d_psgd(), n, rounds);
  run.local_steps = local_steps;
  run.options.views = dynamic_views(weights);
  run.options.shuffle = 1;

  std::vector<model> x(n, model(features, 0.0));
  for (round_number r = 0; r < rounds; ++r) {
    for (std::uint32_t step = 0; step < local_steps; ++step)
      local_step(runtime, x, std::uint64_t{r} * local_steps + step);
    x = product(weights(r), x);
  }
  CHECK(largest_difference(values_of(run.run()->models()), x) < 1e-6);
}

TEST_CASE("with a node lost in one round and back in another D-PSGD equals the recursion of those that are there") {
  constexpr std::uint32_t n = 12, rounds = 16, features = 6;
  constexpr round_number lost_at = 5, back_at = 9;
  constexpr node_id lost = 7, giver = 3;
  const linear_regression_runtime runtime(linear_regression_runtime::random_problem(n, 24, features));
  const auto weights = [](round_number r, const std::set<node_id>& absent) {
    return metropolis_hastings(without(random_cycles(n, 2, 11, r), absent));
  };
  toy_run run(runtime, d_psgd(), n, rounds);
  run.options.views = dynamic_views([&](round_number r) { return weights(r, {}); });
  run.options.repaired_views = [&](node_id node, round_number r, const std::set<node_id>& absent) {
    return view_of(weights(r, absent), node);
  };
  run.options.shuffle = 1;
  const auto world = run.make();
  world->withhold_views_from(lost_at);
  world->start();
  world->run();
  world->take_down(lost);
  world->withhold_views_from(back_at);
  world->run();
  REQUIRE(world->next_round() == back_at);
  world->bring_back(lost, run.returning(lost, back_at, world->at(giver).model_at_rest()));
  world->withhold_views_from(rounds);
  world->run();
  REQUIRE(world->all_finished());

  std::vector<model> x(n, model(features, 0.0)), trained;
  for (round_number r = 0; r < rounds; ++r) {
    if (r == back_at)
      x[lost] = trained[giver]; // x^{r-1/2}, what its neighbours have seen of it
    local_step(runtime, x, r);
    trained = x;
    x = product(r < lost_at || r >= back_at ? weights(r, {}) : weights(r, {lost}), x);
  }
  CHECK(largest_difference(values_of(world->models()), x) < 1e-6);
}

TEST_CASE("on a complete graph with uniform weights D-PSGD is gradient descent on the union of the data") {
  constexpr std::uint32_t n = 16, rounds = 20, features = 6;
  const auto problem = linear_regression_runtime::random_problem(n, 12, features);
  const linear_regression_runtime runtime(problem);
  toy_run run(runtime, d_psgd(), n, rounds);
  run.options.views = static_views(matrix(n, std::vector<double>(n, 1.0 / n)));
  const auto decentralized = values_of(run.run()->models());

  auto whole = problem;
  whole.shards.assign(1, {});
  for (const auto& shard : problem.shards)
    whole.shards[0].insert(whole.shards[0].end(), shard.begin(), shard.end());
  const linear_regression_runtime union_runtime(whole);
  std::vector<model> x(1, model(features, 0.0));
  for (round_number r = 0; r < rounds; ++r)
    local_step(union_runtime, x, r);
  CHECK(largest_difference(decentralized, std::vector<model>(n, x[0])) < 1e-6);
  // So are the baselines "all-reduce" on these nodes and "centralized" on one.
  CHECK(largest_difference(values_of(toy_run(runtime, all_reduce(), n, rounds).run()->models()),
                           std::vector<model>(n, x[0])) < 1e-6);
  CHECK(largest_difference(values_of(toy_run(union_runtime, centralized(), n, rounds).run()->models()), x) < 1e-6);
}
