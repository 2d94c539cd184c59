#include <cmath>
#include <functional>
#include <set>

#include "core/learning/algorithms.hpp"
#include "core/random.hpp"
#include "tests/core/sharing/strategies/dense.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

namespace {

/// C(v) of a node in a round. `gap` becomes the smallest distance of what it decides to another decision so far.
using compressor = std::function<std::vector<double>(const std::vector<double>& v, node_id, round_number, double& gap)>;

std::vector<double> only(const std::vector<double>& v, const std::set<std::size_t>& places) {
  std::vector<double> result(v.size());
  for (const auto e : places)
    result[e] = v[e];
  return result;
}

random_stream draws_of(node_id node, round_number round) {
  return random_stream(run_context{}.seed, purpose::sharing, node, round);
}

std::vector<double> top_3(const std::vector<double>& v, node_id, round_number, double& gap) {
  return only(v, greatest(v, 3, gap));
}

/// `count` of [0, bound) by Floyd's algorithm.
std::set<std::size_t> some_of(random_stream& random, std::size_t count, std::size_t bound) {
  std::set<std::size_t> chosen;
  for (std::size_t last = bound - count; last < bound; ++last)
    if (!chosen.insert(random.below(last + 1)).second)
      chosen.insert(last);
  return chosen;
}

/// Each place with probability 1/4, by the gaps between them; then as many fewer or more as make it three.
std::vector<double> random_3(const std::vector<double>& v, node_id node, round_number round, double&) {
  auto random = draws_of(node, round);
  std::set<std::size_t> places, rest;
  for (std::size_t e = 0; e < size; ++e)
    rest.insert(e);
  const auto move = [](std::set<std::size_t>& from, std::set<std::size_t>& to, const std::set<std::size_t>& which) {
    std::size_t number = 0;
    for (auto e = from.begin(); e != from.end(); ++number)
      if (which.contains(number))
        to.insert(from.extract(e++));
      else
        ++e;
  };
  for (std::size_t e = 0;; ++e) {
    const double u = random.bits32();
    for (double share = 0.75 * 0x1p32; u < std::floor(share); share *= 0.75)
      ++e;
    if (e >= size)
      break;
    places.insert(rest.extract(e));
  }
  if (places.size() > 3)
    move(places, rest, some_of(random, places.size() - 3, places.size()));
  else if (places.size() < 3)
    move(rest, places, some_of(random, 3 - places.size(), rest.size()));
  return only(v, places);
}

std::vector<double> sign(const std::vector<double>& v, node_id, round_number, double& gap) {
  double mean = 0;
  for (const double x : v) {
    mean += std::abs(x) / static_cast<double>(v.size());
    gap = std::min(gap, 10 * std::abs(x)); // every entry is a decision: 10^-4 is far from what rounding changes
  }
  auto result = v;
  for (double& x : result)
    x = std::copysign(mean, x);
  return result;
}

/// With numbers of 4 bits: 7 levels and a sign; omega = min(12 / 49, sqrt(12) / 7).
std::vector<double> qsgd(const std::vector<double>& v, node_id node, round_number round, double& gap) {
  double squares = 0;
  for (const double x : v)
    squares += x * x;
  const double norm = std::sqrt(squares);
  auto random = draws_of(node, round);
  auto result = v;
  for (double& x : result) {
    const double level = 7 * std::abs(x) / norm + random.bits32() * 0x1p-32;
    gap = std::min(gap, std::abs(level - std::nearbyint(level)));
    x = std::copysign(std::floor(level) / 7 * norm / (1 + 12.0 / 49), x);
  }
  return result;
}

constexpr double step = 0.2;

vectors dense_run(const quadratic_runtime::problem& p, const matrix& w, const compressor& compress, double& gap) {
  auto x = start_of(p);
  vectors copies(nodes, std::vector<double>(size));
  for (round_number r = 0; r < rounds; ++r) {
    for (node_id i = 0; i < nodes; ++i) {
      local_step(p, i, x[i]);
      auto difference = x[i];
      for (std::size_t e = 0; e < size; ++e)
        difference[e] -= copies[i][e];
      const auto sent = compress(difference, i, r, gap);
      for (std::size_t e = 0; e < size; ++e)
        copies[i][e] += sent[e];
    }
    for (std::size_t i = 0; i < nodes; ++i)
      for (std::size_t j = 0; j < nodes; ++j)
        for (std::size_t e = 0; e < size; ++e)
          x[i][e] += step * w[i][j] * (copies[j][e] - copies[i][e]);
  }
  return x;
}

void compare(const std::string& name, const compressor& compress) {
  CAPTURE(name);
  const auto w = metropolis_hastings(ring(nodes));
  vectors expected;
  const auto problem = clear_problem([&](const auto& p, double& gap) { expected = dense_run(p, w, compress, gap); });
  const quadratic_runtime runtime(problem);
  toy_run run(runtime, d_psgd(), nodes, rounds);
  run.options.views = static_views(w);
  auto keys = keys_of("choco");
  keys.set("compressor", name);
  keys.set("alpha", 0.25);
  keys.set("bits", std::int64_t{4});
  keys.set("step_size", step);
  use(run, keys);
  check_run(run, expected);
}

} // namespace

TEST_CASE("CHOCO equals its formula with copies of every neighbour, whatever the compressor") {
  compare("top-k", top_3);
  compare("random-k", random_3);
  compare("sign", sign);
  compare("qsgd", qsgd);
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
