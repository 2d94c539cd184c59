#include "core/learning/algorithms.hpp"
#include "tests/core/sharing/strategies/dense.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

namespace {

constexpr double lower_bound = 0.4;

/// Adds `count` of the others by the first steps of a Fisher-Yates shuffle, or all of them.
void draw(std::set<std::size_t>& places, std::vector<std::size_t> others, std::size_t count, random_stream random) {
  count = std::min(count, others.size());
  for (std::size_t i = 0; i < count; ++i) {
    std::swap(others[i], others[i + random.below(others.size() - i)]);
    places.insert(others[i]);
  }
}

/// 3.11 of the inventory: 2 of 4 places at random ("top-k-plus-random"), or 4 and up to 2 of those that were sent less
/// often than lower_bound x r before round r ("lower-bound-top-k"). `plain` accumulation.
vectors dense_run(const quadratic_runtime::problem& p, bool half_random, std::uint64_t seed, std::size_t& extra,
                  double& gap) {
  const auto weights = fresh_graphs();
  auto x = start_of(p);
  vectors memory(nodes, std::vector<double>(size)), counts = memory;
  extra = 0;
  for (round_number r = 0; r < rounds; ++r) {
    std::vector<std::set<std::size_t>> sent(nodes);
    for (node_id i = 0; i < nodes; ++i) {
      const auto initial = x[i];
      local_step(p, i, x[i]);
      for (std::size_t e = 0; e < size; ++e)
        memory[i][e] += x[i][e] - initial[e];
      sent[i] = greatest(memory[i], half_random ? 2 : 4, gap);
      std::vector<std::size_t> others;
      for (std::size_t e = 0; e < size; ++e)
        if (!sent[i].contains(e) && (half_random || counts[i][e] < lower_bound * r))
          others.push_back(e);
      const auto before = sent[i].size();
      draw(sent[i], others, 2, random_stream(seed, purpose::sharing, i, r));
      extra += sent[i].size() - before;
      for (const auto e : sent[i]) {
        memory[i][e] = 0;
        counts[i][e] += 1;
      }
    }
    x = mix_partly(weights(r), x, sent);
  }
  return x;
}

} // namespace

TEST_CASE("top-k with places by chance equals its formula") {
  for (const std::string name : {"top-k-plus-random", "lower-bound-top-k"}) {
    CAPTURE(name);
    const bool half_random = name == "top-k-plus-random";
    const quadratic_runtime any(quadratic_runtime::random_problem(nodes, size));
    const auto seed = toy_run(any, d_psgd(), nodes, rounds).context.seed;
    vectors expected;
    std::size_t extra = 0;
    const auto problem =
        clear_problem([&](const auto& p, double& gap) { expected = dense_run(p, half_random, seed, extra, gap); });
    CHECK(extra > nodes * rounds / 2);
    CHECK((half_random ? extra == 2 * nodes * rounds : extra < 2 * nodes * rounds));
    const quadratic_runtime runtime(problem);
    toy_run run(runtime, d_psgd(), nodes, rounds);
    run.options.views = dynamic_views(fresh_graphs());
    auto keys = keys_of(name);
    keys.set("alpha", 1.0 / 3); // 4 of 12
    keys.set("accumulation", std::string("plain"));
    if (!half_random)
      keys.set("lower_bound", lower_bound); // 0.4 x 4 = 1.6
    use(run, keys);
    check_run(run, expected);
  }
}

TEST_CASE("a whole share is full sharing for top-k with places by chance as well") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(nodes, size, 3));
  toy_run run(runtime, d_psgd(), nodes, 6);
  run.options.views = dynamic_views(fresh_graphs());
  const auto full = values_of(run.run()->models());
  for (const std::string name : {"top-k-plus-random", "lower-bound-top-k"}) {
    auto keys = keys_of(name);
    keys.set("alpha", 1.0);
    use(run, keys);
    CHECK(values_of(run.run()->models()) == full);
  }
}
