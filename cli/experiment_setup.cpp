#include "cli/experiment_setup.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "core/config/sections.hpp"
#include "core/data/load.hpp"
#include "core/data/partition.hpp"
#include "core/learning/registry.hpp"
#include "core/learning/training.hpp"
#include "core/results/format.hpp"
#include "core/sharing/registry.hpp"
#include "models/runtime.hpp"
#include "topologies/view_sequence.hpp"

namespace rhizome::cli {

namespace {

using learning::round_view;
using learning::round_view_ptr;

std::uint32_t count_nodes(const std::vector<learning::role>& roles) {
  std::uint32_t nodes = 0;
  for (const auto& role : roles)
    nodes += role.count;
  return nodes;
}

/// The graph of [topology], or for algorithms without one a view without neighbours.
result<actors::view_source> make_views(const config::document& doc, const learning::algorithm& algorithm,
                                       std::uint32_t nodes, std::uint64_t seed) {
  if (algorithm.graph == learning::graph_use::none || nodes == 1)
    return [alone = std::vector<round_view_ptr>(nodes, std::make_shared<const round_view>())](
               round_number) -> result<std::vector<round_view_ptr>> { return alone; };
  auto sequence = topologies::view_sequence::make(doc["topology"], nodes, seed);
  if (!sequence)
    return fail(sequence);
  return [shared = std::make_shared<const topologies::view_sequence>(std::move(*sequence))](round_number round) {
    return shared->views(round);
  };
}

learning::evaluation_plan make_plan(const config::document& doc, std::uint32_t nodes) {
  const auto experiment = config::experiment_options::from(doc["experiment"]);
  const auto evaluation = config::evaluation_options::from(doc["evaluation"]);
  using config::evaluation_data;
  learning::evaluation_plan plan;
  plan.rounds = experiment.rounds;
  plan.every = evaluation.every;
  plan.samples = evaluation.samples;
  plan.final_samples = evaluation.final_samples;
  plan.on_global = evaluation.on == evaluation_data::global || evaluation.on == evaluation_data::both;
  plan.on_local = evaluation.on == evaluation_data::local || evaluation.on == evaluation_data::both;
  plan.consensus = evaluation.consensus;
  plan.nodes = learning::draw_evaluated_nodes(nodes, evaluation.nodes, experiment.seed);
  return plan;
}

std::shared_ptr<const learning::run_context> make_context(const config::document& doc, std::uint32_t nodes,
                                                          const learning::model_runtime& models) {
  const auto experiment = config::experiment_options::from(doc["experiment"]);
  const auto runtime = config::runtime_options::from(doc["runtime"]);
  auto context = std::make_shared<learning::run_context>();
  context->nodes = nodes;
  context->rounds = experiment.rounds;
  context->seed = experiment.seed;
  context->evaluation = make_plan(doc, nodes);
  context->aggregation = learning::find_aggregation(doc["aggregation"].text("rule")).make(doc["aggregation"]);
  const auto& strategy = sharing::find_strategy(doc["sharing"].text("name"));
  context->make_strategy = [make = strategy.make, parameters = doc["sharing"]] { return make(parameters); };
  context->optimizer_vectors = models.optimizer_vectors();
  context->reset_optimizer = doc["training"].boolean("reset_optimizer");
  context->on_nonfinite = runtime.on_nonfinite == config::nonfinite_policy::isolate
                              ? learning::nonfinite_policy::isolate
                              : learning::nonfinite_policy::stop;
  return context;
}

} // namespace

result<prepared_run> prepare_run(const config::document& doc) {
  const auto experiment = config::experiment_options::from(doc["experiment"]);
  const auto runtime = config::runtime_options::from(doc["runtime"]);
  const auto training = learning::training_options::from(doc["training"]);
  const auto& algorithm = learning::find_algorithm(doc["algorithm"].text("name"));
  const std::uint32_t nodes = count_nodes(algorithm.roles(experiment.nodes));

  auto views = make_views(doc, algorithm, nodes, experiment.seed);
  if (!views)
    return fail(views);
  auto loaded = data::load(doc["data"], experiment.nodes, experiment.seed);
  if (!loaded)
    return fail(loaded);
  prepared_run run;
  run.data = std::make_shared<const data::dataset>(std::move(*loaded));
  auto parts = data::make_partition(*run.data, doc["data"], nodes, experiment.seed);
  if (!parts)
    return fail(parts);
  if (const auto checked = data::check_shards(*parts, training.batch_size, training.drop_last); !checked)
    return fail(checked);
  run.histograms = data::label_histograms(*run.data, *parts);
  if (!parts->left_over.empty())
    run.notes.push_back({0, "left over",
                         fmt::format("{} training samples belong to no node: data.partition = \"{}\" "
                                     "gives their classes to nobody.",
                                     parts->left_over.size(), doc["data"].text("partition"))});
  for (const auto& shard : parts->train)
    run.spec.local_steps.push_back(learning::steps_per_round(training, shard.size()));

  auto models =
      models::make_runtime(doc["model"], training, run.data, {std::move(parts->train), std::move(parts->test)},
                           {experiment.seed, nodes, experiment.rounds});
  if (!models)
    return fail(models);
  run.spec.context = make_context(doc, nodes, **models);
  run.spec.algorithm = &algorithm;
  run.spec.algorithm_parameters = doc["algorithm"];
  run.spec.models = std::move(*models);
  run.spec.views = std::move(*views);
  run.spec.shared_initial = doc["model"].text("init") == "shared";
  run.spec.threads = runtime.threads;
  run.spec.run_ahead = runtime.run_ahead;
  run.spec.stall_timeout = std::chrono::duration_cast<std::chrono::milliseconds>(runtime.stall_timeout);
  run.spec.grace = std::chrono::duration_cast<std::chrono::milliseconds>(runtime.grace);
  return run;
}

} // namespace rhizome::cli
