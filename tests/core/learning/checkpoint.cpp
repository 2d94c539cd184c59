// A run that is saved at a round boundary and taken up by new learners ends with the bits of one that went through.

#include <vector>

#include "core/learning/algorithms.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/quadratic_trainer.hpp"
#include "tests/support/toy_world.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

namespace {

constexpr std::uint32_t n = 7, rounds = 7;
constexpr std::size_t size = 4;

quadratic_runtime runtime_of(float momentum, bool with_poison) {
  auto problem = quadratic_runtime::random_problem(n, size);
  problem.optimizer.momentum = momentum;
  if (with_poison)
    problem.poisoned = [](node_id node, std::uint64_t batch) { return node == 5 && batch >= 2; };
  return quadratic_runtime(std::move(problem));
}

/// Comes to rest before round `boundary`, and saves.
std::vector<state> save_at(toy_world& world, round_number boundary) {
  world.withhold_views_from(boundary);
  world.start();
  world.run();
  std::vector<state> states;
  for (node_id node = 0; node < n; ++node)
    states.push_back(world.at(node).save());
  return states;
}

/// The same, arrays by value.
bool same_state(const state& a, const state& b) {
  if (a.counters != b.counters || a.arrays.size() != b.arrays.size())
    return false;
  for (const auto& [name, array] : a.arrays)
    if (values_of({array}) != values_of({b.arrays.at(name)}))
      return false;
  return true;
}

} // namespace

TEST_CASE("a resumed run ends with the bits and bytes of one that was never interrupted") {
  for (const auto& algorithm : {d_psgd(), all_reduce(), local()})
    for (const float momentum : {0.0F, 0.9F})
      for (const bool with_poison : {false, true}) {
        CAPTURE(algorithm.schema.name);
        CAPTURE(momentum);
        CAPTURE(with_poison);
        const auto runtime = runtime_of(momentum, with_poison);
        toy_run run(runtime, algorithm, n, rounds);
        run.context.on_nonfinite = nonfinite_policy::isolate;
        run.context.evaluation.every = 2;
        if (algorithm.graph == graph_use::topology)
          run.options.views =
              dynamic_views([](round_number r) { return metropolis_hastings(random_cycles(n, 1, 7, r)); });
        const auto reference = run.run();
        REQUIRE(reference->all_finished());
        for (const round_number boundary : {1U, 4U, rounds - 1}) {
          run.options.shuffle = boundary;
          const auto states = save_at(*run.make(), boundary);
          for (const auto& s : states)
            CHECK(s.counters.at("round") == boundary - 1);
          // A resumed run that is saved again before it has moved on has the same state.
          const auto again = run.resume(states);
          const auto states_again = save_at(*again, boundary);
          for (node_id node = 0; node < n; ++node)
            CHECK(same_state(states[node], states_again[node]));

          const auto world = run.resume(states);
          world->start();
          world->run();
          REQUIRE(world->all_finished());
          CHECK(values_of(world->models()) == values_of(reference->models()));
          for (node_id node = 0; node < n; ++node) {
            const auto& reports = world->log(node).reports;
            const auto& expected = reference->log(node).reports;
            REQUIRE(reports.size() == rounds - (boundary - 1));
            for (std::size_t i = 0; i < reports.size(); ++i) {
              const auto& full = expected[i + boundary - 1];
              CHECK(reports[i].rounds == full.rounds);
              CHECK(reports[i].bytes_sent == full.bytes_sent);
              CHECK((reports[i].train_loss == full.train_loss || std::isnan(full.train_loss)));
              REQUIRE(reports[i].evaluations.size() == full.evaluations.size());
              for (std::size_t e = 0; e < full.evaluations.size(); ++e)
                CHECK(reports[i].evaluations[e].loss == full.evaluations[e].loss);
            }
          }
        }
      }
}
