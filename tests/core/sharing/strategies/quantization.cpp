#include "core/learning/algorithms.hpp"
#include "tests/core/sharing/strategies/dense.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

TEST_CASE("uniform quantization equals its formula: the scale is the largest magnitude, not the mean") {
  const auto weights = fixed_ring();
  const auto problem = quadratic_runtime::random_problem(nodes, size, 3);
  const quadratic_runtime runtime(problem);
  toy_run run(runtime, d_psgd(), nodes, 3); // rounding decides anew each round: few of them
  run.options.views = dynamic_views(weights);
  auto keys = keys_of("quantization");
  keys.set("bits", std::int64_t{8});
  use(run, keys);
  auto x = start_of(problem);
  for (round_number r = 0; r < 3; ++r) {
    auto quantized = x;
    for (std::size_t i = 0; i < nodes; ++i) {
      local_step(problem, i, x[i]);
      double largest = 0;
      for (const double v : x[i])
        largest = std::max(largest, std::abs(v));
      for (std::size_t e = 0; e < size; ++e)
        quantized[i][e] = std::nearbyint(x[i][e] / largest * 127) / 127 * largest;
    }
    auto mixed = x;
    const auto w = weights(r);
    for (std::size_t i = 0; i < nodes; ++i)
      for (std::size_t e = 0; e < size; ++e) {
        mixed[i][e] = w[i][i] * x[i][e];
        for (std::size_t j = 0; j < nodes; ++j)
          mixed[i][e] += i != j ? w[i][j] * quantized[j][e] : 0;
      }
    x = mixed;
  }
  check_run(run, x);
}

TEST_CASE("quantized models stay near those of full sharing, the nearer the more bits") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(nodes, size, 3));
  toy_run run(runtime, d_psgd(), nodes, rounds);
  run.options.views = static_views(metropolis_hastings(ring(nodes)));
  const auto full = values_of(run.run()->models());
  const auto error = [&](const std::string& method, std::int64_t bits) {
    auto keys = keys_of("quantization");
    keys.set("method", method);
    keys.set("bits", bits);
    use(run, keys);
    vectors exact;
    for (const auto& x : full)
      exact.emplace_back(x.begin(), x.end());
    return distance(values_of(run.run()->models()), exact);
  };
  CHECK(error("uniform", 12) < error("uniform", 4));
  CHECK(error("uniform", 12) < 0.01);
  CHECK(error("qsgd", 12) < error("qsgd", 4));
  CHECK(error("fp16", 8) < 0.01);
  CHECK(error("bf16", 8) < 0.1);
}
