// Epidemic learning with an oracle is D-PSGD with the plain average on a fresh regular graph each round.

#include <vector>

#include "core/learning/algorithms.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/quadratic_trainer.hpp"
#include "tests/support/toy_world.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

namespace {

constexpr std::uint32_t n = 10, rounds = 12, degree = 2;
constexpr std::size_t size = 4;

/// Another ring through all nodes each round.
adjacency graph_of(round_number round) {
  return random_cycles(n, 1, 7, round);
}

matrix uniform_weights(const adjacency& edges) {
  matrix weights(n, std::vector<double>(n, 0.0));
  for (node_id i = 0; i < n; ++i)
    for (node_id j = 0; j < n; ++j)
      if (i == j || edges[i][j])
        weights[i][j] = 1.0 / (1 + degree);
  return weights;
}

std::vector<std::vector<float>> models_of(const quadratic_runtime& runtime, algorithm which) {
  toy_run run(runtime, std::move(which), n, rounds);
  run.options.views = dynamic_views([](round_number r) { return uniform_weights(graph_of(r)); });
  const auto world = run.run();
  REQUIRE(world->all_finished());
  return values_of(world->models());
}

} // namespace

TEST_CASE("el-oracle has the bits of D-PSGD with uniform weights on the same fresh regular graphs") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(n, size));
  const auto models = models_of(runtime, el_oracle());
  CHECK(models == models_of(runtime, d_psgd()));

  const auto& p = runtime.data();
  std::vector<std::vector<double>> x;
  for (node_id i = 0; i < n; ++i)
    x.emplace_back(p.start[i].begin(), p.start[i].end());
  for (round_number r = 0; r < rounds; ++r) {
    for (node_id i = 0; i < n; ++i)
      for (std::size_t k = 0; k < size; ++k)
        x[i][k] -= static_cast<double>(p.optimizer.rate) * p.a[i] * (x[i][k] - p.b[i][k]);
    const auto edges = graph_of(r);
    auto mean = x;
    for (node_id i = 0; i < n; ++i)
      for (std::size_t k = 0; k < size; ++k) {
        for (node_id j = 0; j < n; ++j)
          mean[i][k] += edges[i][j] ? x[j][k] : 0;
        mean[i][k] /= 1 + degree;
      }
    x = mean;
  }
  for (node_id i = 0; i < n; ++i)
    for (std::size_t k = 0; k < size; ++k)
      CHECK(models[i][k] == doctest::Approx(x[i][k]).epsilon(1e-5));
}
