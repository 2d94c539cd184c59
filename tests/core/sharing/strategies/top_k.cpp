#include "core/learning/algorithms.hpp"
#include "core/random.hpp"
#include "tests/core/sharing/strategies/dense.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

namespace {

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
