#include "core/learning/algorithms.hpp"
#include "tests/core/sharing/strategies/dense.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

TEST_CASE("CHOCO equals its formula with copies of every neighbour") {
  const auto w = metropolis_hastings(ring(nodes));
  const double step = 0.3;
  const auto solve = [&](const quadratic_runtime::problem& p, double& gap) {
    auto x = start_of(p);
    vectors copies(nodes, std::vector<double>(size));
    for (round_number r = 0; r < rounds; ++r) {
      for (std::size_t i = 0; i < nodes; ++i) {
        local_step(p, i, x[i]);
        std::vector<double> difference(size);
        for (std::size_t e = 0; e < size; ++e)
          difference[e] = x[i][e] - copies[i][e];
        for (const auto e : greatest(difference, 3, gap))
          copies[i][e] += difference[e];
      }
      for (std::size_t i = 0; i < nodes; ++i)
        for (std::size_t j = 0; j < nodes; ++j)
          for (std::size_t e = 0; e < size; ++e)
            x[i][e] += step * w[i][j] * (copies[j][e] - copies[i][e]);
    }
    return x;
  };
  vectors expected;
  const auto problem = clear_problem([&](const auto& p, double& gap) { expected = solve(p, gap); });
  const quadratic_runtime runtime(problem);
  toy_run run(runtime, d_psgd(), nodes, rounds);
  run.options.views = static_views(w);
  auto keys = keys_of("choco");
  keys.set("alpha", 0.25);
  keys.set("step_size", step);
  use(run, keys);
  check_run(run, expected);
}

TEST_CASE("CHOCO reaches the exact average with every compressor") {
  auto problem = quadratic_runtime::random_problem(nodes, size);
  problem.a.assign(nodes, 0.0F); // no gradient: pure averaging
  const quadratic_runtime runtime(problem);
  std::vector<double> mean(size);
  for (std::size_t k = 0; k < size; ++k)
    for (const auto& start : problem.start)
      mean[k] += static_cast<double>(start[k]) / nodes;
  for (const std::string compressor : {"top-k", "random-k", "sign", "qsgd"}) {
    CAPTURE(compressor);
    toy_run run(runtime, d_psgd(), nodes, 1500);
    run.options.views = static_views(metropolis_hastings(ring(nodes)));
    auto keys = keys_of("choco");
    keys.set("compressor", compressor);
    keys.set("alpha", 0.25);
    keys.set("step_size", 0.2);
    use(run, keys);
    CHECK(distance(values_of(run.run()->models()), vectors(nodes, mean)) < 2e-5); // of 1,500 roundings
  }
}
