// Sharing strategies against dense implementations of their formulas in double precision, written here.
#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <set>

#include "core/sharing/codecs/registry.hpp"
#include "core/sharing/partial.hpp"
#include "core/sharing/registry.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/quadratic_trainer.hpp"
#include "tests/support/toy_world.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

namespace {

using vectors = std::vector<std::vector<double>>;

constexpr std::uint32_t nodes = 8, rounds = 20;
constexpr std::size_t size = 12;

/// The defaults of a strategy's keys, to be changed.
config::section keys_of(const std::string& name) {
  return config::defaults(sharing::schema(), name);
}

void use(toy_run& run, const config::section& keys, const std::string& indices = "elias-gamma",
         const std::string& values = "raw") {
  run.context.make_strategy = [keys, codec = sharing::make_codec(indices, values), seed = run.context.seed](node_id i) {
    return sharing::find_strategy(keys.text("name")).make({keys, codec, i, seed, {5, 7}});
  };
}

/// Places of the k greatest magnitudes; `gap` becomes the smallest distance of the k-th to the next so far.
std::set<std::size_t> greatest(const std::vector<double>& v, std::size_t k, double& gap) {
  std::vector<std::size_t> order(v.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](auto a, auto b) { return std::abs(v[a]) > std::abs(v[b]); });
  if (k < v.size())
    gap = std::min(gap, std::abs(v[order[k - 1]]) - std::abs(v[order[k]]));
  return {order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k)};
}

vectors start_of(const quadratic_runtime::problem& p) {
  vectors x(nodes);
  for (std::size_t i = 0; i < nodes; ++i)
    x[i].assign(p.start[i].begin(), p.start[i].end());
  return x;
}

void local_step(const quadratic_runtime::problem& p, std::size_t i, std::vector<double>& x) {
  for (std::size_t k = 0; k < x.size(); ++k)
    x[k] -= static_cast<double>(p.optimizer.rate) * static_cast<double>(p.a[i]) * (x[k] - p.b[i][k]);
}

/// x_i = sum_j w_ij y_ij, where y_ij is x_j at the places that j sends and x_i elsewhere.
vectors mix_partly(const matrix& w, const vectors& x, const std::vector<std::set<std::size_t>>& sent) {
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

/// top-k by 3.3 of the inventory.
vectors dense_top_k(const quadratic_runtime::problem& p, const weights_function& weights, std::size_t k,
                    const std::string& accumulation, double& gap) {
  auto x = start_of(p);
  vectors memory(nodes, std::vector<double>(size));
  for (round_number r = 0; r < rounds; ++r) {
    const auto initial = x;
    std::vector<std::set<std::size_t>> sent(nodes);
    for (std::size_t i = 0; i < nodes; ++i) {
      local_step(p, i, x[i]);
      auto change = memory[i];
      for (std::size_t e = 0; e < size; ++e)
        change[e] += x[i][e] - initial[i][e];
      if (accumulation == "none")
        for (std::size_t e = 0; e < size; ++e)
          change[e] = x[i][e] - initial[i][e];
      if (accumulation == "plain")
        memory[i] = change;
      sent[i] = greatest(change, k, gap);
      for (const auto e : sent[i])
        memory[i][e] = 0;
    }
    const auto mixed = mix_partly(weights(r), x, sent);
    if (accumulation == "whole")
      for (std::size_t i = 0; i < nodes; ++i)
        for (std::size_t e = 0; e < size; ++e)
          memory[i][e] += mixed[i][e] - initial[i][e];
    x = mixed;
  }
  return x;
}

double distance(const std::vector<std::vector<float>>& a, const vectors& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t k = 0; k < a[i].size(); ++k)
      largest = std::max(largest, std::abs(static_cast<double>(a[i][k]) - b[i][k]));
  return largest;
}

/// The first of the random problems in which no choice is close: rounding cannot change it.
quadratic_runtime::problem clear_problem(const std::function<void(const quadratic_runtime::problem&, double&)>& solve) {
  constexpr double clear = 1e-3;
  for (std::uint64_t seed = 1; seed < 5000; ++seed) {
    auto problem = quadratic_runtime::random_problem(nodes, size, seed);
    for (auto& b : problem.b) // far from the start, so that changes stay large
      for (auto& value : b)
        value *= 30;
    double gap = clear;
    solve(problem, gap);
    if (gap >= clear)
      return problem;
  }
  FAIL("no problem is clear");
  return {};
}

void check_run(toy_run& run, const vectors& expected, double tolerance = 1e-5) {
  const auto world = run.run();
  REQUIRE(world->all_finished());
  double scale = 1;
  for (const auto& x : expected)
    for (const double value : x)
      scale = std::max(scale, std::abs(value));
  CHECK(distance(values_of(world->models()), expected) < tolerance * scale);
  CHECK(world->log(0).reports.back().bytes_sent == world->log(0).wire_bytes); // sizes of what was encoded
  const auto once = values_of(world->models());
  run.options.over_the_wire = true;
  run.options.shuffle = 5;
  CHECK(values_of(run.run()->models()) == once); // the same bits in another order, and over the wire
}

weights_function fixed_ring() {
  return [w = metropolis_hastings(ring(nodes))](round_number) { return w; };
}
weights_function fresh_graphs() {
  return [](round_number r) { return metropolis_hastings(random_cycles(nodes, 2, 3, r)); };
}

} // namespace

TEST_CASE("find_largest takes the lower places of equal magnitudes") {
  using sharing::find_largest;
  const std::vector<float> v = {1, -3, 3, 0, 3, -1};
  CHECK(find_largest(v, 2) == std::vector<std::uint32_t>{1, 2});
  CHECK(find_largest(v, 4) == std::vector<std::uint32_t>{0, 1, 2, 4});
  CHECK(find_largest(v, 9) == std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5});
  CHECK(find_largest(v, 0).empty());
  CHECK(find_largest(std::vector<float>(5, 0.0F), 3) == std::vector<std::uint32_t>{0, 1, 2});
  const std::vector<std::size_t> parts = {2, 4};
  CHECK(find_largest(v, 0.5, parts) == std::vector<std::uint32_t>{1, 2, 4});
  CHECK(find_largest(v, 0.01, parts) == std::vector<std::uint32_t>{1, 2});
}

TEST_CASE("top-k equals its formula, whatever is accumulated, on fixed and on fresh graphs") {
  for (const std::string accumulation : {"none", "plain", "whole"})
    for (const bool fresh : {false, true}) {
      CAPTURE(accumulation);
      CAPTURE(fresh);
      const auto weights = fresh ? fresh_graphs() : fixed_ring();
      vectors expected;
      const auto problem =
          clear_problem([&](const auto& p, double& gap) { expected = dense_top_k(p, weights, 3, accumulation, gap); });
      const quadratic_runtime runtime(problem);
      toy_run run(runtime, d_psgd(), nodes, rounds);
      run.options.views = dynamic_views(weights);
      auto keys = keys_of("top-k");
      keys.set("alpha", 0.25);
      keys.set("accumulation", accumulation);
      use(run, keys);
      check_run(run, expected);
    }
}

TEST_CASE("random and round-robin equal the mixing of what they send") {
  for (const std::string name : {"random", "round-robin"}) {
    CAPTURE(name);
    const auto weights = fresh_graphs();
    const auto problem = quadratic_runtime::random_problem(nodes, size, 3);
    const quadratic_runtime runtime(problem);
    toy_run run(runtime, d_psgd(), nodes, rounds);
    auto x = start_of(problem);
    std::size_t entries = 0;
    for (round_number r = 0; r < rounds; ++r) {
      std::vector<std::set<std::size_t>> sent(nodes);
      for (node_id i = 0; i < nodes; ++i) {
        local_step(problem, i, x[i]);
        if (name == "round-robin") {
          for (std::size_t e = r % 4 * 3; e < r % 4 * 3 + 3; ++e) // ceil(0.25 * 12) = 3, four blocks
            sent[i].insert(e);
        } else {
          random_stream random(run.context.seed, purpose::sharing, i, r);
          for (double next = 0;; next += 1) { // geometric gaps
            next += std::floor(std::log1p(-random.uniform()) / std::log1p(-0.25));
            if (next >= static_cast<double>(size))
              break;
            sent[i].insert(static_cast<std::size_t>(next));
          }
        }
        entries += sent[i].size();
      }
      x = mix_partly(weights(r), x, sent);
    }
    run.options.views = dynamic_views(weights);
    auto keys = keys_of(name);
    keys.set("alpha", 0.25);
    use(run, keys);
    check_run(run, x);
    CHECK(static_cast<double>(entries) / (nodes * rounds * size) == doctest::Approx(0.25).epsilon(0.1));
  }
}

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

TEST_CASE("a run with a strategy that keeps state resumes to the bit") {
  auto problem = quadratic_runtime::random_problem(nodes, size);
  problem.optimizer.momentum = 0.5F;
  const quadratic_runtime runtime(problem);
  for (const std::string name : {"top-k plain", "top-k whole", "random-alpha none", "choco"}) {
    CAPTURE(name);
    toy_run run(runtime, d_psgd(), nodes, 9);
    run.options.views = static_views(metropolis_hastings(ring(nodes)));
    const auto space = name.find(' ');
    auto keys = keys_of(name.substr(0, space));
    if (space != name.npos)
      keys.set("accumulation", name.substr(space + 1));
    use(run, keys);
    const auto reference = run.run();
    for (const round_number boundary : {1U, 2U, 5U, 8U}) {
      CAPTURE(boundary);
      auto interrupted = run.make();
      interrupted->withhold_views_from(boundary);
      interrupted->start();
      interrupted->run();
      std::vector<state> states;
      for (node_id i = 0; i < nodes; ++i)
        states.push_back(interrupted->at(i).save());
      auto resumed = run.resume(states);
      resumed->start();
      resumed->run();
      REQUIRE(resumed->all_finished());
      CHECK(values_of(resumed->models()) == values_of(reference->models()));
      CHECK(resumed->log(0).reports.back().bytes_sent == reference->log(0).reports.back().bytes_sent);
    }
  }
}

TEST_CASE("every strategy and codec ends a run near consensus, in the same bits whatever the order") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(nodes, size, 3));
  for (const auto& kind : sharing::strategies())
    for (const std::string values : {"raw", "fp16", "zstd"}) {
      CAPTURE(kind.schema.name);
      CAPTURE(values);
      toy_run run(runtime, d_psgd(), nodes, 5);
      run.options.views =
          kind.keeps_copies.empty() ? dynamic_views(fresh_graphs()) : static_views(metropolis_hastings(ring(nodes)));
      use(run, keys_of(kind.schema.name), "bitmap", values);
      const auto world = run.run();
      CHECK(world->all_finished());
      const auto once = values_of(world->models());
      run.options.shuffle = 11;
      run.options.over_the_wire = true;
      CHECK(values_of(run.run()->models()) == once);
    }
}

TEST_CASE("top-k sends the whole model from its cap on") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(nodes, size, 3));
  toy_run run(runtime, d_psgd(), nodes, 4);
  run.options.views = static_views(metropolis_hastings(ring(nodes)));
  const auto full = values_of(run.run()->models());
  for (const std::string accumulation : {"none", "plain", "whole"}) {
    CAPTURE(accumulation);
    auto keys = keys_of("top-k");
    keys.set("alpha", 0.5);
    keys.set("metadata_cap", 0.5);
    keys.set("accumulation", accumulation);
    use(run, keys);
    const auto world = run.run();
    CHECK(values_of(world->models()) == full);
    CHECK(world->log(0).wire_bytes == 4 * 2 * (fragment_header_size + 1 + size * sizeof(float)));
  }
}
