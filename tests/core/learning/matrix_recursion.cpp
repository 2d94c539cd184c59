// D-PSGD against the recursion X <- W (X - rate G) in double precision.

#include <vector>

#include "core/learning/algorithm.hpp"
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
