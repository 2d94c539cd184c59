#include "cli/experiment_setup.hpp"

#include <chrono>
#include <memory>
#include <numeric>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "cli/machine.hpp"
#include "cli/schema.hpp"
#include "core/config/print.hpp"
#include "core/config/sections.hpp"
#include "core/data/checksum.hpp"
#include "core/data/load.hpp"
#include "core/data/partition.hpp"
#include "core/learning/registry.hpp"
#include "core/learning/training.hpp"
#include "core/network/cluster.hpp"
#include "core/sharing/buffers.hpp"
#include "core/sharing/codecs/registry.hpp"
#include "core/sharing/registry.hpp"
#include "models/runtime.hpp"
#include "topologies/view_sequence.hpp"

namespace rhizome::cli {

namespace {

using learning::round_view;
using learning::round_view_ptr;

/// Which role each node has, and how many nodes have data; those come first.
struct cast {
  std::vector<std::uint32_t> roles; ///< [nodes]
  std::uint32_t with_data = 0;
};

cast assign_roles(const std::vector<learning::role>& roles) {
  cast result;
  for (std::uint32_t i = 0; i < roles.size(); ++i) {
    result.roles.insert(result.roles.end(), roles[i].count, i);
    result.with_data += roles[i].has_data ? roles[i].count : 0;
  }
  return result;
}

/// One node gets what all nodes would have had, and trains as many steps in a round as one of them on average. Classes
/// that nobody was given are its own, too; what `data.sizes` leaves is not.
void pool_everything(data::partition& parts, const config::section& data, std::size_t test_samples,
                     std::vector<std::uint32_t>& local_steps) {
  if (data.reals("sizes").empty())
    parts.train.push_back(std::exchange(parts.left_over, {}));
  std::vector<std::uint32_t> train, test(test_samples);
  for (const auto& shard : parts.train)
    train.insert(train.end(), shard.begin(), shard.end());
  std::ranges::sort(train);
  std::iota(test.begin(), test.end(), 0U);
  const auto sum = std::accumulate(local_steps.begin(), local_steps.end(), std::uint64_t{0});
  local_steps = {static_cast<std::uint32_t>((sum + local_steps.size() / 2) / local_steps.size())};
  parts.train = {std::move(train)};
  parts.test = {std::move(test)};
}

/// Worth telling about the data and the algorithm.
std::vector<results::event_record> notes_on(const config::document& doc, const data::partition& parts,
                                            const data::dataset& set, const learning::algorithm& algorithm) {
  std::vector<results::event_record> notes;
  const auto& data = doc["data"];
  if (!parts.left_over.empty())
    notes.push_back(
        {0, "left over",
         fmt::format("{} training samples belong to no node: {}.", parts.left_over.size(),
                     data.reals("sizes").empty()
                         ? fmt::format("data.partition = \"{}\" gives their classes to nobody", data.text("partition"))
                         : "the fractions in data.sizes sum to less than 1")});
  if (doc["evaluation"].text("set") == "validation")
    notes.push_back({0, "validation",
                     fmt::format("Evaluations during the run are on {} validation samples, the one at the end is on "
                                 "the test set.",
                                 set.validation.count)});
  if (algorithm.not_repeatable != nullptr)
    if (auto why = algorithm.not_repeatable(doc["algorithm"]); !why.empty())
      notes.push_back({0, "not repeatable", std::move(why)});
  return notes;
}

/// A node with a single in-neighbour would know that one's model, however it is hidden among others; with many, what
/// messages say of each pair of senders outgrows what a link takes.
result<void> check_senders(const topologies::view_sequence& sequence, const std::string& sharing) {
  const auto views = sequence.views(0);
  if (!views)
    return fail(views);
  constexpr std::size_t most_senders = 250;
  for (std::size_t node = 0; node < views->size(); ++node) {
    const auto senders = (*views)[node]->in.size();
    if (senders > most_senders)
      return fail(error_kind::invalid_input,
                  "sharing.name: \"{}\" cannot serve a node with more than {} neighbours, and node {} has {}; choose a "
                  "topology with fewer, such as \"regular\", or sharing \"full\".",
                  sharing, most_senders, node, senders);
    if (senders == 1)
      return fail(
          error_kind::invalid_input,
          "sharing.name: \"{}\" cannot hide the model of a single neighbour, and node {} has only one; choose a "
          "topology in which every node has two and more (better three), such as \"regular\", or sharing "
          "\"full\".",
          sharing, node);
  }
  return {};
}

/// Whether the running statistics that the model has are right with what becomes of them.
result<void> check_statistics(const config::document& doc, const learning::algorithm& algorithm) {
  constexpr const char* other_model = "a model with GroupNorm, such as \"lenet\" or \"resnet18\" with norm = \"group\"";
  const auto& model = doc["model"];
  if (!algorithm.spoils_statistics.empty())
    return fail(error_kind::invalid_input,
                "algorithm.name = \"{}\" {} the running statistics of model.name = \"{}\"; choose \"fed-avg\", or {}.",
                algorithm.schema.name, algorithm.spoils_statistics, model.text("name"), other_model);
  const auto& sharing = sharing::find_strategy(doc["sharing"].text("name"));
  if (algorithm.uses_sharing && model.text("buffers") == "shared" && !sharing.spoils_statistics.empty())
    return fail(error_kind::invalid_input,
                "sharing.name = \"{}\" {} the running statistics of model.name = \"{}\"; choose model.buffers = "
                "\"averaged\" or \"local\", or {}.",
                sharing.schema.name, sharing.spoils_statistics, model.text("name"), other_model);
  return {};
}

/// The graph of [topology] or of the algorithm, or for algorithms without one a view without neighbours.
result<actors::view_source> make_views(const config::document& doc, const learning::algorithm& algorithm,
                                       std::uint32_t nodes, std::uint64_t seed) {
  const auto use = algorithm.uses(doc["algorithm"]);
  if (use == learning::graph_use::own)
    return [draw = algorithm.views, parameters = doc["algorithm"], nodes,
            seed](round_number round, const std::set<node_id>& absent) -> result<std::vector<round_view_ptr>> {
      return draw(parameters, {nodes, seed, round, absent});
    };
  if (use == learning::graph_use::none || nodes == 1)
    return [nodes, alone = std::make_shared<const round_view>()](
               round_number, const std::set<node_id>& absent) -> result<std::vector<round_view_ptr>> {
      std::vector<round_view_ptr> views(nodes, alone);
      for (const node_id node : absent)
        views[node] = nullptr;
      return views;
    };
  const auto& sharing = sharing::find_strategy(doc["sharing"].text("name"));
  using topologies::view_detail;
  auto sequence = topologies::view_sequence::make(doc["topology"], nodes, seed,
                                                  sharing.shows_receivers_neighbours ? view_detail::receivers_neighbours
                                                                                     : view_detail::own_neighbours);
  if (!sequence)
    return fail(sequence);
  if (sharing.shows_receivers_neighbours)
    if (const auto checked = check_senders(*sequence, sharing.schema.name); !checked)
      return fail(checked);
  return [shared = std::make_shared<const topologies::view_sequence>(std::move(*sequence))](
             round_number round, const std::set<node_id>& absent) { return shared->views(round, absent); };
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
  plan.on_validation = evaluation.on_validation;
  plan.consensus = evaluation.consensus;
  plan.nodes = learning::draw_evaluated_nodes(nodes, evaluation.nodes, experiment.seed);
  return plan;
}

std::shared_ptr<learning::run_context> make_context(const config::document& doc, std::uint32_t nodes,
                                                    const learning::model_runtime& models,
                                                    std::vector<std::uint64_t> train_samples) {
  const auto experiment = config::experiment_options::from(doc["experiment"]);
  const auto runtime = config::runtime_options::from(doc["runtime"]);
  auto context = std::make_shared<learning::run_context>();
  context->nodes = nodes;
  context->rounds = experiment.rounds;
  context->seed = experiment.seed;
  context->evaluation = make_plan(doc, nodes);
  context->aggregation = learning::find_aggregation(doc["aggregation"].text("rule")).make(doc["aggregation"]);
  const auto& strategy = sharing::find_strategy(doc["sharing"].text("name"));
  sharing::strategy_context of_all{doc["sharing"], sharing::make_codec(doc["sharing.codec"]), 0, experiment.seed};
  const auto& layout = models.layout();
  const sharing::vector_parts parts{layout.parameters, layout.buffers};
  auto buffers = sharing::buffer_use_of(doc["model"].text("buffers"));
  if (layout.buffers == 0 || !learning::find_algorithm(doc["algorithm"].text("name")).uses_sharing)
    buffers = sharing::buffer_use::shared;
  if (buffers != sharing::buffer_use::shared)
    context->apart = {parts.parameters, buffers == sharing::buffer_use::averaged ? parts.buffers : 0};
  if (buffers == sharing::buffer_use::local)
    context->compared = parts.parameters; // nothing draws the statistics together
  for (std::size_t i = 0; i < layout.tensors.size(); ++i) {
    if (layout.tensors[i].buffer && buffers != sharing::buffer_use::shared)
      break; // the parameters come first
    const auto end = i + 1 < layout.tensors.size() ? layout.tensors[i + 1].offset : layout.size();
    of_all.tensors.push_back(end - layout.tensors[i].offset);
  }
  context->make_strategy = [make = strategy.make, of_all, buffers, parts](node_id node) {
    auto own = of_all;
    own.node = node;
    return sharing::with_buffers(make(own), buffers, parts);
  };
  context->train_samples = std::move(train_samples);
  context->optimizer_vectors = models.optimizer_vectors();
  context->reset_optimizer = doc["training"].boolean("reset_optimizer");
  context->on_nonfinite = runtime.on_nonfinite;
  context->codec = doc["sharing.codec"];
  return context;
}

/// [cluster] for the actors, and what the lent machines are to have in common with this one.
actors::cluster_spec make_cluster(const config::document& doc, std::uint32_t nodes, std::uint64_t checksum) {
  using std::chrono::milliseconds;
  const auto options = network::cluster_options::from(doc["cluster"]);
  actors::cluster_spec cluster;
  for (const auto& host : options.hosts)
    cluster.hosts.push_back(network::to_string(host));
  cluster.place = [options, nodes](std::span<const std::uint32_t> cores) { return options.place(nodes, cores); };
  cluster.network.enabled = !options.hosts.empty();
  if (options.tls())
    cluster.network.tls = actors::tls_files{options.tls_ca, options.tls_certificate, options.tls_key};
  cluster.config = config::to_toml(doc, full_schema());
  cluster.data_checksum = checksum;
  cluster.build = describe_build();
  cluster.allow_mixed = options.allow_mixed;
  cluster.chunk_size = options.chunk;
  cluster.window = options.chunk * options.window;
  cluster.liveness = std::chrono::duration_cast<milliseconds>(options.liveness);
  cluster.join_timeout = std::chrono::duration_cast<milliseconds>(options.join_timeout);
  cluster.retry = std::chrono::duration_cast<milliseconds>(options.retry);
  cluster.on_failure = config::runtime_options::from(doc["runtime"]).on_failure;
  return cluster;
}

/// Loads the data set and gives each node its samples. What follows from them for the run is added to it.
result<data::partition> share_out(const config::document& doc, const learning::algorithm& algorithm, bool pooled,
                                  prepared_run& run) {
  const auto experiment = config::experiment_options::from(doc["experiment"]);
  const auto training = learning::training_options::from(doc["training"]);
  auto loaded = data::load(doc["data"], experiment.nodes, experiment.seed);
  if (!loaded)
    return fail(loaded);
  run.data = std::make_shared<const data::dataset>(std::move(*loaded));
  auto parts = data::make_partition(*run.data, doc["data"], experiment.nodes, experiment.seed);
  if (!parts)
    return parts;
  if (const auto checked = data::check_shards(*parts, training.batch_size, training.drop_last); !checked)
    return fail(checked);
  for (const auto& shard : parts->train)
    run.spec.local_steps.push_back(learning::steps_per_round(training, shard.size()));
  if (pooled)
    pool_everything(*parts, doc["data"], run.data->test.count, run.spec.local_steps);
  run.histograms = data::label_histograms(*run.data, *parts);
  if (algorithm.needs_labels && run.histograms.empty())
    return fail(error_kind::invalid_input,
                "algorithm.name = \"{}\" compares the labels of nodes, and data.dataset = \"{}\" has none; choose a "
                "data set with classes, or \"d-psgd\".",
                algorithm.schema.name, doc["data"].text("dataset"));
  run.notes = notes_on(doc, *parts, *run.data, algorithm);
  return parts;
}

/// Adds the models and what all nodes know, for the nodes whose roles are known.
result<void> add_models(const config::document& doc, data::partition parts, prepared_run& run) {
  const auto experiment = config::experiment_options::from(doc["experiment"]);
  const auto& algorithm = *run.spec.algorithm;
  const auto nodes = static_cast<std::uint32_t>(run.spec.roles.size());
  std::vector<std::uint64_t> train_samples;
  for (const auto& shard : parts.train)
    train_samples.push_back(shard.size());
  parts.train.resize(nodes); // nodes without data, such as a server, have empty shards
  parts.test.resize(nodes);
  run.spec.local_steps.resize(nodes, 0);
  auto samples =
      std::make_shared<const models::node_samples>(models::node_samples{std::move(parts.train), std::move(parts.test)});
  auto models = models::make_runtime(doc["model"], learning::training_options::from(doc["training"]), run.data,
                                     std::move(samples), {experiment.seed, experiment.rounds});
  if (!models)
    return fail(models);
  if ((*models)->layout().buffers > 0)
    if (const auto checked = check_statistics(doc, algorithm); !checked)
      return fail(checked);
  auto context = make_context(doc, nodes, **models, std::move(train_samples));
  for (const auto& histogram : run.histograms)
    context->label_histograms.push_back(histogram.counts);
  run.spec.sends_own_models = algorithm.uses_sharing && doc["sharing"].text("name") == "full" &&
                              sharing::sends_floats(*sharing::make_codec(context->codec)) &&
                              context->apart.parameters == 0;
  run.spec.context = std::move(context);
  run.spec.models = std::move(*models);
  run.spec.shared_initial = doc["model"].text("init") == "shared";
  return {};
}

void add_runtime(const config::section& section, actors::run_spec& spec) {
  using std::chrono::milliseconds;
  const auto runtime = config::runtime_options::from(section);
  spec.threads = runtime.threads;
  spec.run_ahead = runtime.run_ahead;
  spec.stall_timeout = std::chrono::duration_cast<milliseconds>(runtime.stall_timeout);
  spec.grace = std::chrono::duration_cast<milliseconds>(runtime.grace);
}

} // namespace

result<prepared_run> prepare_run(const config::document& doc) {
  const auto experiment = config::experiment_options::from(doc["experiment"]);
  const auto& algorithm = learning::find_algorithm(doc["algorithm"].text("name"));
  auto [roles, with_data] = assign_roles(algorithm.roles(experiment.nodes));
  const auto nodes = static_cast<std::uint32_t>(roles.size());
  auto views = make_views(doc, algorithm, nodes, experiment.seed);
  if (!views)
    return fail(views);

  prepared_run run;
  run.spec.algorithm = &algorithm;
  run.spec.algorithm_parameters = doc["algorithm"];
  run.spec.roles = std::move(roles);
  run.spec.views = std::move(*views);
  auto parts = share_out(doc, algorithm, with_data == 1 && experiment.nodes > 1, run);
  if (!parts)
    return fail(parts);
  if (const auto added = add_models(doc, std::move(*parts), run); !added)
    return fail(added);
  add_runtime(doc["runtime"], run.spec);
  const auto checksum = models::checksum_with_files(doc["model"], data::checksum(*run.data));
  if (!checksum)
    return fail(checksum);
  run.spec.cluster = make_cluster(doc, nodes, *checksum);
  return run;
}

} // namespace rhizome::cli
