#include <algorithm>
#include <cmath>
#include <functional>

#include "core/learning/algorithms.hpp"
#include "core/random.hpp"
#include "tests/core/sharing/strategies/dense.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

namespace {

/// What others take a vector for. `gap` becomes the smallest distance of an entry, in steps, to where it would be
/// rounded to another one so far.
using quantizer = std::function<std::vector<double>(const std::vector<double>&, node_id, round_number, double& gap)>;

/// Rounds to a multiple of the step.
double nearest(double value, double step, double& gap) {
  const double steps = value / step;
  gap = std::min(gap, std::abs(steps - std::floor(steps) - 0.5));
  return std::nearbyint(steps) * step;
}

std::vector<double> uniform(const std::vector<double>& x, node_id, round_number, double& gap) {
  double largest = 0;
  for (const double v : x)
    largest = std::max(largest, std::abs(v));
  auto result = x;
  for (double& v : result)
    v = nearest(v, largest / 127, gap);
  return result;
}

/// With numbers of 8 bits: 127 levels and a sign.
std::vector<double> qsgd(const std::vector<double>& x, node_id node, round_number round, double& gap) {
  double squares = 0;
  for (const double v : x)
    squares += v * v;
  const double step = std::sqrt(squares) / 127;
  random_stream random(run_context{}.seed, purpose::sharing, node, round);
  auto result = x;
  for (double& v : result) {
    const double level = std::abs(v) / step + random.bits32() * 0x1p-32;
    gap = std::min(gap, std::abs(level - std::nearbyint(level)));
    v = std::copysign(std::floor(level) * step, v);
  }
  return result;
}

/// Floats of so many binary places between 1 and 2.
quantizer floats(double places) {
  return [step = std::exp2(-places)](const std::vector<double>& x, node_id, round_number, double& gap) {
    auto result = x;
    for (double& v : result) {
      REQUIRE(std::abs(v) > 1);
      REQUIRE(std::abs(v) < 2);
      v = nearest(v, step, gap);
    }
    return result;
  };
}

/// All models stay between 1 and 2 or between -1 and -2, where steps of short floats are the same and large beside
/// errors of float32.
quadratic_runtime::problem between_one_and_two(std::size_t entries, std::uint64_t seed) {
  auto problem = quadratic_runtime::random_problem(nodes, entries, seed);
  for (auto* values : {&problem.b, &problem.start})
    for (auto& vector : *values)
      for (std::size_t e = 0; e < entries; ++e)
        vector[e] = (e % 3 == 0 ? -1.0F : 1.0F) * (1.5F + 0.1F * std::clamp(vector[e], -4.0F, 4.0F));
  return problem;
}

vectors dense_run(const quadratic_runtime::problem& p, const quantizer& quantize, double& gap) {
  auto x = start_of(p);
  const auto w = fixed_ring()(0);
  for (round_number r = 0; r < rounds; ++r) {
    vectors quantized;
    for (node_id i = 0; i < nodes; ++i) {
      local_step(p, i, x[i]);
      quantized.push_back(quantize(x[i], i, r, gap));
    }
    auto mixed = x;
    for (std::size_t i = 0; i < nodes; ++i)
      for (std::size_t e = 0; e < size; ++e) {
        mixed[i][e] = w[i][i] * x[i][e];
        for (std::size_t j = 0; j < nodes; ++j)
          mixed[i][e] += i != j ? w[i][j] * quantized[j][e] : 0;
      }
    x = mixed;
  }
  return x;
}

void compare(const std::string& method, const quantizer& quantize,
             quadratic_runtime::problem (*draw)(std::size_t, std::uint64_t)) {
  vectors expected;
  const auto problem =
      clear_problem([&](const auto& p, double& gap) { expected = dense_run(p, quantize, gap); }, size, draw);
  const quadratic_runtime runtime(problem);
  toy_run run(runtime, d_psgd(), nodes, rounds);
  run.options.views = dynamic_views(fixed_ring());
  auto keys = keys_of("quantization");
  keys.set("method", method);
  keys.set("bits", std::int64_t{8});
  use(run, keys);
  check_run(run, expected);
}

} // namespace

TEST_CASE("uniform quantization equals its formula: the scale is the largest magnitude, not the mean") {
  compare("uniform", uniform, spread_problem);
}

TEST_CASE("QSGD's quantization equals its formula with the numbers that its nodes draw") {
  compare("qsgd", qsgd, spread_problem);
}

TEST_CASE("quantization to short floats equals rounding to their binary places") {
  compare("fp16", floats(10), between_one_and_two);
  compare("bf16", floats(7), between_one_and_two);
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
