// Runs in which nodes are lost and come back: the others go on, whatever the moment.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "core/learning/algorithms.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/quadratic_trainer.hpp"
#include "tests/support/toy_world.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

namespace {

constexpr std::size_t size = 3;

/// The weighted mean, and how far its weights were from a sum of 1.
class checked_mean final : public aggregation_rule {
public:
  void aggregate(std::span<float> out, weighted_vector own, std::span<const weighted_vector> received) const override {
    double sum = own.weight;
    for (const auto& term : received)
      sum += static_cast<double>(term.weight);
    worst = std::max(worst, std::abs(sum - 1));
    mean_->aggregate(out, own, received);
  }
  mutable double worst = 0;

private:
  aggregation_rule_ptr mean_ = weighted_mean().make({});
};

/// Metropolis-Hastings weights on another ring of `n` nodes each round.
void use_rings(toy_run& run, std::uint32_t n, bool repaired) {
  const auto edges = [n](round_number r) { return random_cycles(n, 1, 7, r); };
  run.options.views = dynamic_views([=](round_number r) { return metropolis_hastings(edges(r)); });
  run.options.repaired_views = nullptr;
  if (repaired)
    run.options.repaired_views = [=](node_id node, round_number r, const std::set<node_id>& absent) {
      return view_of(metropolis_hastings(without(edges(r), absent)), node);
    };
}

/// Carries out `count` steps; false if there are not so many.
bool steps(toy_world& world, std::size_t count) {
  while (count > 0 && world.step())
    --count;
  return count == 0;
}

} // namespace

TEST_CASE("whatever the moment of a loss and of a return, nobody waits for ever and weights sum to 1") {
  constexpr std::uint32_t n = 5, rounds = 6;
  const quadratic_runtime runtime(quadratic_runtime::random_problem(n, size));
  toy_run run(runtime, d_psgd(), n, rounds);
  const auto rule = std::make_shared<checked_mean>();
  run.context.aggregation = rule;
  use_rings(run, n, true);
  const auto reference = run.make();
  reference->start();
  std::size_t all_steps = 0;
  while (reference->step())
    ++all_steps;
  std::uint32_t worlds = 0, returns = 0;
  for (node_id lost = 0; lost < n; ++lost)
    for (std::size_t moment = 0; moment <= all_steps; ++moment)
      for (const std::optional<std::size_t> pause : {std::optional<std::size_t>{}, {0}, {9}}) {
        CAPTURE(lost);
        CAPTURE(moment);
        CAPTURE(pause.value_or(all_steps));
        run.options.shuffle = ++worlds;
        run.options.run_ahead = worlds % 3;
        use_rings(run, n, worlds % 2 == 0);
        const auto world = run.make();
        world->start();
        REQUIRE(steps(*world, moment));
        world->take_down(lost, worlds % 5 < 3 ? in_flight::delivered : in_flight::lost);
        const std::size_t reports = world->log(lost).reports.size();
        const bool long_enough = pause && steps(*world, *pause);
        const auto first = world->next_round();
        if (long_enough && first < rounds) {
          auto model = world->at((lost + 1) % n).model_at_rest();
          world->bring_back(lost, run.returning(lost, first, model ? model : reference->models()[lost]));
          ++returns;
        }
        world->run();
        REQUIRE(world->all_finished());
        if (long_enough && first < rounds) {
          const auto& log = world->log(lost).reports;
          REQUIRE(log.size() == reports + (rounds - first));
          CHECK(log[reports].rounds == first + 1);
          CHECK(log.back().rounds == rounds);
        }
      }
  CHECK(returns > worlds / 5);
  CHECK(rule->worst < 1e-6);
}

TEST_CASE("nodes are lost one after the other until one is left, and it finishes") {
  constexpr std::uint32_t n = 6, rounds = 12;
  const quadratic_runtime runtime(quadratic_runtime::random_problem(n, size));
  toy_run run(runtime, d_psgd(), n, rounds);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    run.options.shuffle = seed;
    use_rings(run, n, true);
    const auto world = run.make();
    world->start();
    for (node_id lost = 0; lost + 1 < n; ++lost) {
      steps(*world, 5 + 7 * seed);
      world->take_down(lost, in_flight::lost);
    }
    world->run();
    CHECK(world->all_finished());
    CHECK(world->log(n - 1).reports.size() == rounds);
  }
}

TEST_CASE("a node alone without communication does not care who is lost") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(3, size));
  toy_run run(runtime, local(), 3, 5);
  const auto reference = run.run();
  const auto world = run.make();
  world->withhold_views_from(2);
  world->start();
  world->run();
  world->take_down(1);
  world->withhold_views_from(5);
  world->run();
  REQUIRE(world->all_finished());
  CHECK(values_of(world->models())[0] == values_of(reference->models())[0]);
}

TEST_CASE("an isolated node has no model to give, and goes on without lost neighbours too") {
  auto problem = quadratic_runtime::random_problem(3, size);
  problem.poisoned = [](node_id node, std::uint64_t batch) { return node == 0 && batch >= 1; };
  const quadratic_runtime runtime(std::move(problem));
  toy_run run(runtime, d_psgd(), 3, 6);
  run.context.on_nonfinite = nonfinite_policy::isolate;
  run.options.views = static_views(metropolis_hastings(complete(3)));
  const auto world = run.make();
  world->withhold_views_from(3);
  world->start();
  world->run();
  CHECK(world->at(0).model_at_rest() == nullptr);
  CHECK(world->at(1).model_at_rest() != nullptr);
  world->take_down(2);
  world->withhold_views_from(6);
  world->run();
  CHECK(world->all_finished());
}
