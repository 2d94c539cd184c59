#include "cli/experiment_setup.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <limits>
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
#include "core/results/format.hpp"
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

} // namespace

result<prepared_run> prepare_run(const config::document& doc) {
  const auto experiment = config::experiment_options::from(doc["experiment"]);
  const auto runtime = config::runtime_options::from(doc["runtime"]);
  const auto training = learning::training_options::from(doc["training"]);
  const auto& algorithm = learning::find_algorithm(doc["algorithm"].text("name"));
  auto [roles, with_data] = assign_roles(algorithm.roles(experiment.nodes));
  const auto nodes = static_cast<std::uint32_t>(roles.size());

  auto views = make_views(doc, algorithm, nodes, experiment.seed);
  if (!views)
    return fail(views);
  auto loaded = data::load(doc["data"], experiment.nodes, experiment.seed);
  if (!loaded)
    return fail(loaded);
  prepared_run run;
  run.data = std::make_shared<const data::dataset>(std::move(*loaded));
  auto parts = data::make_partition(*run.data, doc["data"], experiment.nodes, experiment.seed);
  if (!parts)
    return fail(parts);
  if (const auto checked = data::check_shards(*parts, training.batch_size, training.drop_last); !checked)
    return fail(checked);
  for (const auto& shard : parts->train)
    run.spec.local_steps.push_back(learning::steps_per_round(training, shard.size()));
  if (with_data == 1 && experiment.nodes > 1)
    pool_everything(*parts, doc["data"], run.data->test.count, run.spec.local_steps);
  run.histograms = data::label_histograms(*run.data, *parts);
  if (algorithm.needs_labels && run.histograms.empty())
    return fail(error_kind::invalid_input,
                "algorithm.name = \"{}\" compares the labels of nodes, and data.dataset = \"{}\" has none; choose a "
                "data set with classes, or \"d-psgd\".",
                algorithm.schema.name, doc["data"].text("dataset"));
  run.notes = notes_on(doc, *parts, *run.data, algorithm);
  std::vector<std::uint64_t> train_samples;
  for (const auto& shard : parts->train)
    train_samples.push_back(shard.size());
  parts->train.resize(nodes); // nodes without data, such as a server, have empty shards
  parts->test.resize(nodes);
  run.spec.local_steps.resize(nodes, 0);
  run.spec.roles = std::move(roles);

  auto samples = std::make_shared<const models::node_samples>(
      models::node_samples{std::move(parts->train), std::move(parts->test)});
  auto models =
      models::make_runtime(doc["model"], training, run.data, std::move(samples), {experiment.seed, experiment.rounds});
  if (!models)
    return fail(models);
  auto context = make_context(doc, nodes, **models, std::move(train_samples));
  for (const auto& histogram : run.histograms)
    context->label_histograms.push_back(histogram.counts);
  run.spec.context = std::move(context);
  run.spec.algorithm = &algorithm;
  run.spec.algorithm_parameters = doc["algorithm"];
  run.spec.models = std::move(*models);
  run.spec.views = std::move(*views);
  run.spec.shared_initial = doc["model"].text("init") == "shared";
  run.spec.threads = runtime.threads;
  run.spec.run_ahead = runtime.run_ahead;
  run.spec.stall_timeout = std::chrono::duration_cast<std::chrono::milliseconds>(runtime.stall_timeout);
  run.spec.grace = std::chrono::duration_cast<std::chrono::milliseconds>(runtime.grace);
  const auto checksum = models::checksum_with_files(doc["model"], data::checksum(*run.data));
  if (!checksum)
    return fail(checksum);
  run.spec.cluster = make_cluster(doc, nodes, *checksum);
  return run;
}

namespace {

/// Seconds of one local step on this machine, from a few that are really trained.
double measure_step(const learning::model_runtime& models) {
  constexpr std::uint32_t steps = 5;
  constexpr std::uint32_t measured = 5;
  using clock = std::chrono::steady_clock;
  const auto size = models.layout().size();
  std::vector<float> model(size);
  models.initial_parameters(0, model);
  std::vector<std::vector<float>> state(models.optimizer_vectors(), std::vector<float>(size));
  const std::vector<std::span<float>> optimizer(state.begin(), state.end());
  const auto trainer = models.make_trainer();
  bool finite = true;
  trainer->train(0, model, optimizer, {0, 2}, 0, finite); // the first steps prepare kernels
  double best = std::numeric_limits<double>::infinity();
  for (std::uint32_t i = 0; i < measured; ++i) { // the best of several: other programs only make it slower
    const auto start = clock::now();
    trainer->train(0, model, optimizer, {2 + i * steps, steps}, 2 + i * steps, finite);
    best = std::min(best, std::chrono::duration<double>(clock::now() - start).count() / steps);
  }
  return best;
}

} // namespace

result<std::string> estimate(const config::document& doc) {
  auto run = prepare_run(doc);
  if (!run)
    return fail(run);
  const auto& spec = run->spec;
  const auto& context = *spec.context;
  std::uint64_t steps = 0;
  for (const auto s : spec.local_steps)
    steps += std::uint64_t{s} * context.rounds;
  // in a thread of its own, which training sets up for itself
  const double seconds_per_step = std::async(std::launch::async, [&] { return measure_step(*spec.models); }).get();

  // Published models are still read while their successors are made: 1.6 vectors a node at the peak of a round on
  // regular graphs, one more while an average is made during the run, the optimizer's and the sharing strategy's.
  const bool averages = context.evaluation.consensus && context.evaluation.every > 0;
  const auto& sharing = sharing::find_strategy(doc["sharing"].text("name"));
  const auto kept = spec.models->optimizer_vectors() +
                    (sharing.state_vectors != nullptr ? sharing.state_vectors(doc["sharing"]) : 0) +
                    (context.apart.parameters > 0 ? 1 : 0); // what is sent is then no longer the node's own vector
  const double vectors = 1.6 + (averages ? 1 : 0) + static_cast<double>(kept);
  const double bytes = vectors * context.nodes * static_cast<double>(spec.models->layout().size() * sizeof(float));
  std::string text;
  text += fmt::format("{} nodes, a model of {} parameters\n", context.nodes, spec.models->layout().parameters);
  text += fmt::format("models in memory: about {}\n", results::format_bytes(bytes));
  text += fmt::format("local steps in all: {}, at {:.2f} ms each (measured now)\n", results::format_count(steps),
                      seconds_per_step * 1e3);
  text += fmt::format("training: about {} on {} thread{}; evaluations come on top\n",
                      results::format_duration(seconds_per_step * static_cast<double>(steps) / spec.threads),
                      spec.threads, spec.threads == 1 ? "" : "s");
  return text;
}

} // namespace rhizome::cli
