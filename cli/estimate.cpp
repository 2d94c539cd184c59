#include "cli/estimate.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <future>
#include <limits>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "cli/experiment_setup.hpp"
#include "core/learning/participation.hpp"
#include "core/results/format.hpp"
#include "core/sharing/registry.hpp"

namespace rhizome::cli {

namespace {

/// How long it takes to do this.
template <class Action>
double seconds_of(Action action) {
  const auto start = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct costs {
  double step = 0;   ///< seconds of one local step
  double sample = 0; ///< seconds to evaluate a model on one test sample
};

/// On one thread of this machine, from a few steps and samples that are really done.
costs measure_costs(const learning::model_runtime& models) {
  constexpr std::uint32_t steps = 5;
  constexpr std::uint32_t measured = 5;
  constexpr std::uint64_t samples = 200;
  const auto size = models.layout().size();
  std::vector<float> model(size);
  models.initial_parameters(0, model);
  std::vector<std::vector<float>> state(models.optimizer_vectors(), std::vector<float>(size));
  const std::vector<std::span<float>> optimizer(state.begin(), state.end());
  const auto trainer = models.make_trainer();
  bool finite = true;
  trainer->train(0, model, optimizer, {0, 2}, 0, finite); // the first steps prepare kernels
  trainer->evaluate(0, model, learning::test_set::global, samples);
  constexpr auto endless = std::numeric_limits<double>::infinity();
  costs best{endless, endless};
  for (std::uint32_t i = 0; i < measured; ++i) { // the best of several: other programs only make it slower
    best.step =
        std::min(best.step, seconds_of([&] {
                              trainer->train(0, model, optimizer, {2 + i * steps, steps}, 2 + i * steps, finite);
                            }) / steps);
    best.sample = std::min(
        best.sample, seconds_of([&] { trainer->evaluate(0, model, learning::test_set::global, samples); }) / samples);
  }
  return best;
}

/// Local steps of all nodes in all rounds; on average, where only some workers take part in a round.
double count_steps(const actors::run_spec& spec) {
  double steps = 0;
  std::uint32_t workers = 0;
  for (const auto s : spec.local_steps) {
    steps += s;
    workers += s > 0 ? 1 : 0; // a server has none
  }
  if (spec.algorithm_parameters.has("participation"))
    steps *= learning::participants_of(workers, spec.algorithm_parameters.real("participation")) /
             static_cast<double>(workers);
  return steps * spec.context->rounds;
}

/// Samples on which models are evaluated in all rounds, counted once for each model. Local test sets are taken for
/// equal shares of the global one.
double count_evaluated(const learning::evaluation_plan& plan, const data::dataset& set) {
  const auto nodes = static_cast<double>(std::ranges::count(plan.nodes, true));
  double samples = 0;
  for (std::uint32_t done = 1; done <= plan.rounds; ++done) {
    if (!plan.due(done))
      continue;
    const auto there = plan.global_at(done) == learning::test_set::validation ? set.validation.count : set.test.count;
    const auto wanted = plan.samples_at(done);
    const auto global = static_cast<double>(wanted == 0 ? there : std::min<std::uint64_t>(wanted, there));
    samples += (plan.on_global ? nodes : 0) * global + (plan.consensus ? global : 0);
    samples += plan.on_local ? static_cast<double>(set.test.count) * nodes / static_cast<double>(plan.nodes.size()) : 0;
  }
  return samples;
}

/// Vectors of the model's size that one message takes where each receiver gets another one: masked words of 32 or 64
/// bits. 0: all receivers read the same message.
std::size_t message_vectors(const config::section& sharing) {
  if (!sharing.has("modulus"))
    return 0;
  return sharing.text("modulus") == "2^32" ? 1 : 2;
}

/// Vectors of the model's size that all nodes' models, and what goes with them, take at the peak of a round.
result<double> count_vectors(const config::section& sharing, const actors::run_spec& spec) {
  const auto& context = *spec.context;
  // Published models are still read while their successors are made: 1.6 vectors a node at the peak of a round on
  // regular graphs, one more while an average is made during the run, the optimizer's and the sharing strategy's.
  double each = 1.6 + static_cast<double>(spec.models->optimizer_vectors());
  if (context.evaluation.consensus && context.evaluation.every > 0)
    each += 1;
  if (context.apart.parameters > 0)
    each += 1; // what is sent is then no longer the node's own vector
  if (!spec.algorithm->uses_sharing)
    return each * context.nodes;
  const auto& strategy = sharing::find_strategy(sharing.text("name"));
  if (strategy.state_vectors != nullptr)
    each += static_cast<double>(strategy.state_vectors(sharing));
  double messages = 0;
  if (const auto size = message_vectors(sharing); size > 0) {
    const auto views = spec.views(0, {});
    if (!views)
      return fail(views);
    for (const auto& view : *views)
      messages += static_cast<double>(view->out.size() * size);
  }
  return each * context.nodes + messages;
}

} // namespace

result<std::string> estimate(const config::document& doc) {
  const auto run = prepare_run(doc);
  if (!run)
    return fail(run);
  const auto& spec = run->spec;
  const auto& layout = spec.models->layout();
  const auto vectors = count_vectors(doc["sharing"], spec);
  if (!vectors)
    return fail(vectors);
  const auto steps = count_steps(spec);
  // in a thread of its own, which training sets up for itself
  const auto each = std::async(std::launch::async, [&] { return measure_costs(*spec.models); }).get();
  const auto on_all_threads = [&](double seconds) { return results::format_duration(seconds / spec.threads); };
  std::string text;
  text += fmt::format("{} nodes, a model of {} parameters\n", spec.context->nodes, layout.parameters);
  text += fmt::format("models in memory: about {}\n",
                      results::format_bytes(*vectors * static_cast<double>(layout.size() * sizeof(float))));
  text += fmt::format("local steps in all: {}, at {:.2f} ms each (measured now)\n",
                      results::format_count(static_cast<std::uint64_t>(std::llround(steps))), each.step * 1e3);
  text += fmt::format("training: about {} on {} thread{}\n", on_all_threads(each.step * steps), spec.threads,
                      spec.threads == 1 ? "" : "s");
  text += fmt::format("evaluations: about {}; sharing comes on top\n",
                      on_all_threads(each.sample * count_evaluated(spec.context->evaluation, *run->data)));
  return text;
}

} // namespace rhizome::cli
