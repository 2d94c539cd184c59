#pragma once

// Sharing strategies against dense implementations of their formulas in double precision: what the tests share.

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "core/sharing/codecs/registry.hpp"
#include "core/sharing/partial.hpp"
#include "core/sharing/registry.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/quadratic_trainer.hpp"
#include "tests/support/resuming.hpp"
#include "tests/support/toy_world.hpp"

namespace rhizome::test {

using namespace learning;

using vectors = std::vector<std::vector<double>>;

inline constexpr std::uint32_t nodes = 8, rounds = 20;
inline constexpr std::size_t size = 12;

/// The defaults of a strategy's keys, to be changed.
inline config::section keys_of(const std::string& name) {
  return config::defaults(sharing::schema(), name);
}

inline void use(toy_run& run, const config::section& keys, const std::string& indices = "elias-gamma",
                const std::string& values = "raw", std::vector<std::size_t> tensors = {5, 7}) {
  run.context.make_strategy = [keys, codec = sharing::make_codec(indices, values), seed = run.context.seed,
                               tensors = std::move(tensors)](node_id i) {
    return sharing::find_strategy(keys.text("name")).make({keys, codec, i, seed, tensors});
  };
}

/// Places of the k greatest magnitudes; `gap` becomes the smallest distance of the k-th to the next so far.
inline std::set<std::size_t> greatest(const std::vector<double>& v, std::size_t k, double& gap) {
  std::vector<std::size_t> order(v.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](auto a, auto b) { return std::abs(v[a]) > std::abs(v[b]); });
  if (k < v.size())
    gap = std::min(gap, std::abs(v[order[k - 1]]) - std::abs(v[order[k]]));
  return {order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k)};
}

inline vectors start_of(const quadratic_runtime::problem& p) {
  vectors x(nodes);
  for (std::size_t i = 0; i < nodes; ++i)
    x[i].assign(p.start[i].begin(), p.start[i].end());
  return x;
}

inline void local_step(const quadratic_runtime::problem& p, std::size_t i, std::vector<double>& x) {
  for (std::size_t k = 0; k < x.size(); ++k)
    x[k] -= static_cast<double>(p.optimizer.rate) * static_cast<double>(p.a[i]) * (x[k] - p.b[i][k]);
}

/// x_i = sum_j w_ij y_ij, where y_ij is x_j at the places that j sends and x_i elsewhere.
inline vectors mix_partly(const matrix& w, const vectors& x, const std::vector<std::set<std::size_t>>& sent) {
  auto mixed = x;
  for (std::size_t i = 0; i < nodes; ++i)
    for (std::size_t k = 0; k < size; ++k) {
      mixed[i][k] = 0;
      for (std::size_t j = 0; j < nodes; ++j)
        mixed[i][k] += w[i][j] * (i != j && sent[j].contains(k) ? x[j][k] : x[i][k]);
    }
  return mixed;
}

using weights_function = std::function<matrix(round_number)>;

inline double distance(const std::vector<std::vector<float>>& a, const vectors& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t k = 0; k < a[i].size(); ++k)
      largest = std::max(largest, std::abs(static_cast<double>(a[i][k]) - b[i][k]));
  return largest;
}

/// Minima far from the start, so that changes stay large, and all numbers below 16.
inline quadratic_runtime::problem spread_problem(std::size_t entries, std::uint64_t seed) {
  auto problem = quadratic_runtime::random_problem(nodes, entries, seed);
  for (auto& b : problem.b)
    for (auto& value : b)
      value *= 3;
  return problem;
}

/// The first of the random problems in which no choice is close: rounding cannot change it. `solve` makes its second
/// argument the smallest distance of a choice to another one.
inline quadratic_runtime::problem
clear_problem(const std::function<void(const quadratic_runtime::problem&, double&)>& solve, std::size_t entries = size,
              quadratic_runtime::problem (*draw)(std::size_t, std::uint64_t) = spread_problem) {
  constexpr double clear = 1e-3;
  for (std::uint64_t seed = 1; seed < 5000; ++seed) {
    auto problem = draw(entries, seed);
    double gap = clear;
    solve(problem, gap);
    if (gap >= clear)
      return problem;
  }
  FAIL("no problem is clear");
  return {};
}

inline void check_run(toy_run& run, const vectors& expected, double tolerance = 1e-5) {
  const auto world = run.run();
  REQUIRE(world->all_finished());
  CHECK(distance(values_of(world->models()), expected) < tolerance);
  CHECK(world->log(0).reports.back().bytes_sent == world->log(0).wire_bytes); // sizes of what was encoded
  const auto once = values_of(world->models());
  run.options.over_the_wire = true;
  run.options.shuffle = 5;
  CHECK(values_of(run.run()->models()) == once); // the same bits in another order, and over the wire
}

inline weights_function fixed_ring() {
  return [w = metropolis_hastings(ring(nodes))](round_number) { return w; };
}
inline weights_function fresh_graphs() {
  return [](round_number r) { return metropolis_hastings(random_cycles(nodes, 2, 3, r)); };
}

} // namespace rhizome::test
