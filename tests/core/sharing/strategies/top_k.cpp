#include <array>
#include <cmath>
#include <functional>
#include <utility>

#include "core/learning/algorithms.hpp"
#include "core/random.hpp"
#include "tests/core/sharing/strategies/dense.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

namespace {

/// The places that a node sends of a model which has changed so.
using chooser = std::function<std::set<std::size_t>(node_id, round_number, const std::vector<double>& change,
                                                    const std::vector<double>& model, double& gap)>;
using count_function = std::function<std::size_t(node_id, round_number)>;

chooser most_changed(count_function count) {
  return [count = std::move(count)](node_id node, round_number round, const auto& change, const auto&, double& gap) {
    return greatest(change, count(node, round), gap);
  };
}

/// top-k by 3.3 of the inventory.
vectors dense_top_k(const quadratic_runtime::problem& p, const weights_function& weights, const chooser& choose,
                    const std::string& accumulation, double& gap) {
  auto x = start_of(p);
  vectors memory(nodes, std::vector<double>(size));
  for (round_number r = 0; r < rounds; ++r) {
    const auto initial = x;
    std::vector<std::set<std::size_t>> sent(nodes);
    for (node_id i = 0; i < nodes; ++i) {
      local_step(p, i, x[i]);
      auto change = memory[i];
      for (std::size_t e = 0; e < size; ++e)
        change[e] += x[i][e] - initial[i][e];
      if (accumulation == "none")
        for (std::size_t e = 0; e < size; ++e)
          change[e] = x[i][e] - initial[i][e];
      if (accumulation == "plain")
        memory[i] = change;
      sent[i] = choose(i, r, change, x[i], gap);
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

/// The strategy's runs on fixed and on fresh graphs, whatever is accumulated, against the dense ones.
void compare(config::section keys, const chooser& choose) {
  for (const std::string accumulation : {"none", "plain", "whole"})
    for (const bool fresh : {false, true}) {
      CAPTURE(accumulation);
      CAPTURE(fresh);
      const auto weights = fresh ? fresh_graphs() : fixed_ring();
      vectors expected;
      const auto problem = clear_problem(
          [&](const auto& p, double& gap) { expected = dense_top_k(p, weights, choose, accumulation, gap); });
      const quadratic_runtime runtime(problem);
      toy_run run(runtime, d_psgd(), nodes, rounds);
      run.options.views = dynamic_views(weights);
      keys.set("accumulation", accumulation);
      use(run, keys);
      check_run(run, expected);
    }
}

config::section quarter() {
  auto keys = keys_of("top-k");
  keys.set("alpha", 0.25);
  return keys;
}

std::size_t three(node_id, round_number) {
  return 3;
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

TEST_CASE("find_largest finds what sorting does, also among many equal magnitudes") {
  random_stream random(8, purpose::synthetic_data);
  for (const bool coarse : {false, true}) {
    std::vector<float> v(20'000);
    for (float& x : v)
      x = static_cast<float>(coarse ? std::round(2 * random.normal()) : random.normal());
    std::vector<std::uint32_t> order(v.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::stable_sort(order, [&](auto a, auto b) { return std::abs(v[a]) > std::abs(v[b]); });
    for (const std::size_t count : {1U, 100U, 2000U, 19'999U}) {
      CAPTURE(count);
      std::vector<std::uint32_t> expected(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count));
      std::ranges::sort(expected);
      CHECK(sharing::find_largest(v, count) == expected);
    }
  }
}

TEST_CASE("top-k equals its formula") {
  compare(quarter(), most_changed(three));
}

TEST_CASE("top-k per layer equals its formula: the greatest changes of each tensor") {
  auto keys = quarter();
  keys.set("per_layer", true);
  compare(keys, [](node_id, round_number, const auto& change, const auto&, double& gap) {
    auto places = greatest({change.begin(), change.begin() + 5}, 1, gap);     // 0.25 x 5 = 1.25
    for (const auto e : greatest({change.begin() + 5, change.end()}, 2, gap)) // 0.25 x 7 = 1.75
      places.insert(5 + e);
    return places;
  });
}

TEST_CASE("top-k by magnitude equals its formula: what is greatest in the model") {
  auto keys = quarter();
  keys.set("selection", std::string("magnitude"));
  compare(keys,
          [](node_id, round_number, const auto&, const auto& model, double& gap) { return greatest(model, 3, gap); });
}

TEST_CASE("top-k by relative change equals its formula: changes in proportion to the model") {
  auto keys = quarter();
  keys.set("selection", std::string("relative-change"));
  compare(keys, [](node_id, round_number, auto change, const auto& model, double& gap) {
    for (std::size_t e = 0; e < size; ++e)
      change[e] /= std::abs(model[e]) + 1e-8;
    return greatest(change, 3, gap);
  });
}

TEST_CASE("random-alpha equals top-k with the shares that its nodes draw") {
  constexpr std::array<std::size_t, 5> counts = {1, 2, 4, 5, size}; // of 0.1, 0.2, 0.3, 0.4 and 1
  compare(keys_of("random-alpha"), most_changed([&](node_id node, round_number round) {
            return counts.at(random_stream(run_context{}.seed, purpose::sharing, node, round).below(counts.size()));
          }));
}

TEST_CASE("growing-alpha equals top-k with a share that grows by the same step each round, up to the last one") {
  auto keys = keys_of("growing-alpha");
  keys.set("first_alpha", 0.1);
  keys.set("last_alpha", 0.5);
  keys.set("growth_rounds", std::int64_t{10});
  compare(keys, most_changed([](node_id, round_number round) -> std::size_t {
            return round < 10 ? static_cast<std::size_t>(std::llround(1.2 + 0.48 * round)) : 6; // 12 (0.1 + 0.04 r)
          }));
}

TEST_CASE("scheduled-alpha equals top-k with the share of its schedule") {
  auto keys = keys_of("scheduled-alpha");
  keys.set("alphas", std::vector<double>{0.1, 0.5, 0.25});
  keys.set("schedule", std::vector<std::int64_t>{5, 12});
  compare(keys, most_changed([](node_id, round_number round) -> std::size_t {
            return round < 5 ? 1 : round < 12 ? 6 : 3;
          }));
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
