// Secure aggregation when senders are lost: the masks that are left over are taken off, or the sum is left alone.

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "core/learning/algorithms.hpp"
#include "tests/core/sharing/strategies/dense.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

namespace {

constexpr std::uint32_t n = 6;

void use_secure(toy_run& run, double threshold) {
  auto keys = keys_of("secure-aggregation");
  keys.set("threshold", threshold);
  use(run, keys);
}

/// The models of one round on the complete graph where a node has not heard of `missing`, in fixed point.
class one_round {
public:
  explicit one_round(const quadratic_runtime& runtime) : x_(runtime.data().start) {
    const auto trainer = runtime.make_trainer();
    bool finite = true;
    for (node_id i = 0; i < n; ++i)
      trainer->train(i, x_[i], {}, {0, 1}, 0, finite);
  }
  [[nodiscard]] const std::vector<float>& trained(node_id node) const { return x_[node]; }
  [[nodiscard]] std::vector<float> mixed(node_id node, const std::set<node_id>& missing) const {
    const double unit = std::exp2(32);
    std::vector<float> result(size);
    for (std::size_t k = 0; k < size; ++k) {
      double own = w_[node][node];
      for (const node_id lost : missing)
        own += w_[node][lost];
      auto sum = static_cast<std::int64_t>(std::nearbyint(own * static_cast<double>(x_[node][k]) * unit));
      for (node_id j = 0; j < n; ++j)
        if (j != node && !missing.contains(j))
          sum += static_cast<std::int64_t>(std::nearbyint(w_[node][j] * static_cast<double>(x_[j][k]) * unit));
      result[k] = static_cast<float>(static_cast<double>(sum) / unit);
    }
    return result;
  }
  [[nodiscard]] const matrix& weights() const { return w_; }

private:
  std::vector<std::vector<float>> x_;
  matrix w_ = metropolis_hastings(complete(n));
};

} // namespace

TEST_CASE("whatever the moment of a loss, each sum has all models that have come, exactly, and no masks") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(n, size));
  const one_round reference(runtime);
  toy_run run(runtime, d_psgd(), n, 1);
  run.options.views = static_views(reference.weights());
  use_secure(run, 0.5);
  constexpr node_id lost = 2;
  std::uint32_t with = 0, without = 0, both_kinds = 0;
  for (std::uint64_t seed = 0; seed < 4; ++seed)
    for (const auto sent : {in_flight::delivered, in_flight::lost})
      for (std::size_t moment = 0;; ++moment) {
        run.options.shuffle = seed;
        run.options.over_the_wire = seed % 2 == 0;
        const auto world = run.make();
        world->start();
        std::size_t done = 0;
        while (done < moment && world->step())
          ++done;
        if (done < moment)
          break;
        world->take_down(lost, sent);
        world->run();
        REQUIRE(world->all_finished());
        const auto models = values_of(world->models());
        std::uint32_t has = 0;
        for (node_id i = 0; i < n; ++i) {
          if (i == lost)
            continue;
          const bool counted = models[i] == reference.mixed(i, {});
          CHECK((counted || models[i] == reference.mixed(i, {lost})));
          has += counted ? 1 : 0;
        }
        with += has;
        without += n - 1 - has;
        both_kinds += has > 0 && has < n - 1 ? 1 : 0;
      }
  CHECK(with > 50);
  CHECK(without > 50);
  CHECK(both_kinds > 10); // it was lost when some had its message and others had not
}

TEST_CASE("where too few are left to help, a node keeps its own model") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(n, size));
  const one_round reference(runtime);
  toy_run run(runtime, d_psgd(), n, 1);
  run.options.views = static_views(reference.weights());
  use_secure(run, 1.0); // all others of a lost one must help, and another one is lost
  std::uint32_t kept = 0, exact = 0;
  for (std::uint64_t seed = 0; seed < 4; ++seed)
    for (std::size_t moment = 0; moment < 150; moment += 1) {
      run.options.shuffle = seed;
      const auto world = run.make();
      world->start();
      for (std::size_t i = 0; i < moment; ++i)
        world->step();
      world->take_down(2, in_flight::lost);
      for (std::size_t i = 0; i < moment / 4; ++i)
        world->step();
      world->take_down(5, in_flight::lost);
      world->run();
      REQUIRE(world->all_finished());
      const auto models = values_of(world->models());
      for (node_id i = 0; i < n; ++i) {
        if (i == 2 || i == 5)
          continue;
        const bool is_own = models[i] == reference.trained(i);
        const bool is_sum = models[i] == reference.mixed(i, {}) || models[i] == reference.mixed(i, {2}) ||
                            models[i] == reference.mixed(i, {5}) || models[i] == reference.mixed(i, {2, 5});
        CHECK((is_own || is_sum));
        kept += is_own ? 1 : 0;
        exact += is_sum ? 1 : 0;
      }
    }
  CHECK(kept > 50);
  CHECK(exact > 50);
}

TEST_CASE("nodes are lost and come back at any moment with masks, and nobody waits for ever or takes in noise") {
  constexpr std::uint32_t some_rounds = 5;
  const quadratic_runtime runtime(quadratic_runtime::random_problem(n, size));
  toy_run run(runtime, d_psgd(), n, some_rounds);
  const auto edges = [](round_number r) { return random_cycles(n, 2, 7, r); };
  run.options.views = dynamic_views([=](round_number r) { return metropolis_hastings(edges(r)); });
  const repaired_view_function repaired = [=](node_id node, round_number r, const std::set<node_id>& absent) {
    return view_of(metropolis_hastings(without(edges(r), absent)), node);
  };
  use_secure(run, 0.5);
  const auto start = vector_pool::make(size)->copy(runtime.data().start[0]);
  std::uint32_t worlds = 0, returns = 0;
  for (node_id lost = 0; lost < n; ++lost)
    for (std::size_t moment = 0; moment < 300; moment += 7)
      for (const std::optional<std::size_t> pause : {std::optional<std::size_t>{}, {0}, {9}}) {
        run.options.shuffle = ++worlds;
        run.options.run_ahead = worlds % 3;
        run.options.repaired_views = worlds % 2 == 0 ? repaired : nullptr;
        const auto world = run.make();
        world->start();
        for (std::size_t i = 0; i < moment; ++i)
          world->step();
        world->take_down(lost, worlds % 5 < 3 ? in_flight::delivered : in_flight::lost);
        for (std::size_t i = 0; i < pause.value_or(0); ++i)
          world->step();
        if (const auto first = world->next_round(); pause && first < some_rounds) {
          const auto model = world->at((lost + 1) % n).model_at_rest();
          world->bring_back(lost, run.returning(lost, first, model ? model : start));
          ++returns;
        }
        world->run();
        REQUIRE(world->all_finished());
        float largest = 0;
        const auto models = values_of(world->models());
        for (const auto& model : models)
          for (const float x : model)
            largest = std::max(largest, std::abs(x));
        CHECK(largest < 100); // a mask that is left over is of the order of 10^9
      }
  CHECK(returns > worlds / 5);
}

TEST_CASE("a node that has diverged sends nothing, and the others take its masks off their sums") {
  auto problem = quadratic_runtime::random_problem(n, size);
  problem.poisoned = [](node_id node, std::uint64_t batch) { return node == 3 && batch == 1; };
  const quadratic_runtime runtime(problem);
  toy_run run(runtime, d_psgd(), n, 4);
  run.context.on_nonfinite = nonfinite_policy::isolate;
  const auto w = metropolis_hastings(complete(n));
  run.options.views = static_views(w);
  run.options.record_sent = true;
  use_secure(run, 0.5);
  const auto world = run.run();
  REQUIRE(world->all_finished());
  const auto models = values_of(world->models());
  // The same in plain sums of float: close to it.
  run.context.make_strategy = [](node_id) { return sharing::find_strategy("full").make({}); };
  const auto plain = values_of(run.run()->models());
  for (node_id i = 0; i < n; ++i) {
    if (i == 3)
      continue;
    for (std::size_t k = 0; k < size; ++k)
      CHECK(models[i][k] == doctest::Approx(plain[i][k]).epsilon(1e-5));
  }
  const auto helps = std::ranges::count_if(
      world->log(3).sent, [](const auto& entry) { return entry.second.kind >= fragment_kind::first_own; });
  CHECK(helps == 3 * (n - 1)); // without a model it is asked, and answers, all the same
}
