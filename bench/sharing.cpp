// What sharing costs: encoding and decoding by every strategy and codec, against training. See README.md.

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "bench/report.hpp"
#include "bench/sharing_world.hpp"
#include "core/data/load.hpp"
#include "core/data/schema.hpp"
#include "core/learning/registry.hpp"
#include "core/sharing/codecs/registry.hpp"
#include "core/sharing/registry.hpp"
#include "core/sharing/ternary.hpp"
#include "models/process_setup.hpp"
#include "models/runtime.hpp"
#include "models/schema.hpp"

namespace {

using namespace rhizome;
using bench::round_cost;
using bench::world;

constexpr std::uint64_t seed = 1;
constexpr std::uint32_t nodes = 6; // all are neighbours of all: five each
constexpr std::uint32_t warm_up_rounds = 2;
constexpr std::uint32_t timed_rounds = 15;
constexpr std::size_t samples_a_node = 256;

/// One way to share.
struct subject {
  std::string name;
  config::section strategy; ///< empty: the algorithm "stc", which has none
  sharing::codec_ptr codec;
};

/// Every strategy by its defaults and with each of its compressors or methods; every values codec with the whole model;
/// every index codec with top-k; sparse ternary compression.
std::vector<subject> all_subjects() {
  const auto defaults = [](const std::string& name) { return config::defaults(sharing::schema(), name); };
  const auto plain = sharing::make_codec("elias-gamma", "raw");
  std::vector<subject> all;
  for (const auto& kind : sharing::strategies()) {
    const auto& name = kind.schema.name;
    all.push_back({name, defaults(name), plain});
    for (const auto& key : kind.schema.keys)
      if (key.name == "compressor" || key.name == "method")
        for (const auto& choice : key.choices) {
          all.push_back({name + "/" + choice, defaults(name), plain});
          all.back().strategy.set(key.name, choice);
        }
  }
  for (const auto& kind : sharing::value_codecs())
    all.push_back({"full/values-" + kind.name, defaults("full"), sharing::make_codec("raw", kind.name)});
  for (const auto& kind : sharing::value_codecs())
    all.push_back({"top-k/values-" + kind.name, defaults("top-k"), sharing::make_codec("elias-gamma", kind.name)});
  for (const auto& kind : sharing::index_codecs())
    all.push_back({"top-k/indices-" + kind.name, defaults("top-k"), sharing::make_codec(kind.name, "raw")});
  all.push_back({"stc", {}, plain});
  return all;
}

/// The LeNet with GroupNorm on generated images, batch 8, plain SGD.
std::shared_ptr<learning::model_runtime> make_lenet() {
  auto options = config::defaults(data::schema(), "synthetic-images");
  auto loaded = data::load(options, nodes, seed);
  if (!loaded) {
    std::cerr << loaded.error().message << '\n';
    std::exit(2);
  }
  const auto data = std::make_shared<const data::dataset>(std::move(*loaded));
  const auto samples = std::make_shared<models::node_samples>();
  samples->train.resize(nodes);
  for (std::uint32_t node = 0; node < nodes; ++node) {
    auto& own = samples->train[node];
    own.resize(std::min<std::size_t>(samples_a_node, data->train.count / nodes));
    std::iota(own.begin(), own.end(), static_cast<std::uint32_t>(node * own.size()));
  }
  return models::make_runtime(config::defaults(models::schema(), "lenet"), {.learning_rate = 0.01}, data, samples,
                              {.seed = seed})
      .value();
}

/// Everybody is everybody's neighbour, with equal weights.
learning::round_view view_of(node_id node) {
  learning::round_view view;
  view.self_weight = 1.0 / nodes;
  for (node_id other = 0; other < nodes; ++other) {
    if (other == node)
      continue;
    view.in.push_back({other, 1.0 / nodes});
    view.out.push_back({other, 1.0 / nodes});
    auto& senders = view.in_neighbours_of_out.emplace_back();
    for (node_id sender = 0; sender < nodes; ++sender)
      if (sender != other)
        senders.push_back(sender);
  }
  return view;
}

/// All nodes are neighbours of all, and share by a strategy.
class gossip_world final : public world {
public:
  gossip_world(const subject& what, const learning::model_runtime& lenet) : world(lenet) {
    std::vector<std::size_t> tensors;
    const auto& layout = lenet.layout();
    for (std::size_t i = 0; i < layout.tensors.size(); ++i)
      tensors.push_back((i + 1 < layout.tensors.size() ? layout.tensors[i + 1].offset : layout.size()) -
                        layout.tensors[i].offset);
    const auto& kind = sharing::find_strategy(what.strategy.text("name"));
    for (node_id i = 0; i < nodes; ++i)
      members_.push_back({start(lenet, i), kind.make({what.strategy, what.codec, i, seed, tensors}), view_of(i), {}});
  }

  std::uint32_t decoded() const override { return nodes - 1; }

private:
  struct member {
    learning::snapshot model;
    std::unique_ptr<sharing::strategy> strategy;
    learning::round_view view;
    std::vector<sharing::incoming> received = {};
  };

  void take_turns(round_number number, round_cost& cost) override {
    std::vector<std::vector<sharing::incoming>> arriving(nodes);
    for (node_id i = 0; i < nodes; ++i)
      for (const auto& [body, receivers] : take_turn(i, number, cost)) {
        if (i == 0)
          cost.bytes += static_cast<double>(learning::fragment_header_size + body->wire_size()) *
                        static_cast<double>(receivers.size()) / (nodes - 1);
        for (const node_id receiver : receivers)
          arriving[receiver].push_back({{i, number, learning::fragment_kind::model, false, body}, 1.0 / nodes});
      }
    for (node_id i = 0; i < nodes; ++i)
      members_[i].received = std::move(arriving[i]);
  }

  /// The job of one node: takes in the last round's messages, trains and encodes.
  std::vector<sharing::outgoing> take_turn(node_id i, round_number number, round_cost& cost) {
    auto& [model, strategy, view, received] = members_[i];
    learning::job_builder job(i, number);
    auto slot = job.input(std::move(model));
    if (number > 0)
      slot = strategy->plan_receive(job, slot, 1.0 / nodes, std::move(received), rule_);
    strategy->plan_training(job, slot);
    job.add(learning::train_step{slot, {}, bench::batches_of(number)});
    strategy->plan_send(job, slot, view);
    const auto output = job.output(slot);
    const auto result = run(job.build(), cost);
    model = result.outputs.at(output);
    return strategy->sends(result, view);
  }

  learning::aggregation_rule_ptr rule_ = learning::find_aggregation("weighted-mean").make({});
  std::vector<member> members_;
};

/// All nodes are workers of the algorithm "stc" and take part in every round. The server's jobs are not measured.
class stc_world final : public world {
public:
  explicit stc_world(const learning::model_runtime& lenet) : world(lenet), workers_(nodes) {
    for (auto& worker : workers_)
      worker.model = start(lenet, 0); // all begin with the server's
  }

  std::uint32_t decoded() const override { return 2; } // the server's update, and its own message for its memory

private:
  struct member {
    learning::snapshot model;
    learning::snapshot memory = {}; ///< what compression left out; null: 0
  };

  void take_turns(round_number number, round_cost& cost) override {
    std::vector<sharing::compressed_term> sent;
    for (node_id i = 0; i < nodes; ++i)
      sent.push_back({train(i, number, cost), i, 1.0F / static_cast<float>(nodes)});
    cost.bytes = static_cast<double>(learning::fragment_header_size + sent.front().body->wire_size());
    round_cost unmeasured;
    const auto update = serve(number, sent, unmeasured);
    for (node_id i = 0; i < nodes; ++i)
      apply(i, number, {update, nodes, 1.0F}, {sent[i].body, i, -1.0F}, cost);
  }

  /// out = vector + sum of the terms.
  learning::slot add_terms(learning::job_builder& job, learning::slot vector,
                           std::vector<sharing::compressed_term> terms) const {
    const auto out = job.fresh();
    const auto first = terms.front().body;
    job.add(
        learning::decode_step{first, vector, out, sharing::summing_decoder(ternary_, job.round(), std::move(terms))});
    return out;
  }

  /// y = local steps from a worker's x, e += y - x; returns C(e).
  learning::payload_ptr train(node_id i, round_number number, round_cost& cost) {
    auto& [model, memory] = workers_[i];
    learning::job_builder job(i, number);
    const auto x = job.input(std::move(model));
    const auto y = job.copy(x);
    const auto change = job.fresh();
    job.output(x);
    job.output(change);
    job.add(learning::train_step{y, {}, bench::batches_of(number)});
    job.add(learning::combine_step{change, {{y, 1.0F}, {x, -1.0F}, {job.input(std::move(memory)), 1.0F}}});
    job.encode({change}, sharing::compressing_encoder(ternary_, i, number));
    const auto result = run(job.build(), cost);
    model = result.outputs.at(0);
    memory = result.outputs.at(1);
    return result.payloads.at(0);
  }

  /// e += the mean of what was sent; returns C(e), the server's update, which is then out of e.
  learning::payload_ptr serve(round_number number, std::vector<sharing::compressed_term> sent, round_cost& cost) {
    learning::job_builder job(nodes, number);
    const auto change = add_terms(job, job.input(std::move(server_memory_)), std::move(sent));
    job.output(change);
    job.encode({change}, sharing::compressing_encoder(ternary_, nodes, number));
    auto summed = run(job.build(), cost);
    learning::job_builder rest(nodes, number);
    rest.output(add_terms(rest, rest.input(std::move(summed.outputs.at(0))), {{summed.payloads.at(0), nodes, -1.0F}}));
    server_memory_ = run(rest.build(), cost).outputs.at(0);
    return summed.payloads.at(0);
  }

  /// The update goes into a worker's model, its own message out of the memory.
  void apply(node_id i, round_number number, const sharing::compressed_term& update,
             const sharing::compressed_term& own, round_cost& cost) {
    auto& [model, memory] = workers_[i];
    learning::job_builder job(i, number);
    job.output(add_terms(job, job.input(std::move(model)), {update}));
    job.output(add_terms(job, job.input(std::move(memory)), {own}));
    const auto result = run(job.build(), cost);
    model = result.outputs.at(0);
    memory = result.outputs.at(1);
  }

  sharing::compressor_ptr ternary_ =
      sharing::ternary_compressor("elias-gamma", config::defaults(learning::algorithm_schema(), "stc").real("alpha"));
  std::vector<member> workers_;
  learning::snapshot server_memory_;
};

std::unique_ptr<world> make_world(const subject& what, const learning::model_runtime& lenet) {
  if (!what.strategy.has("name"))
    return std::make_unique<stc_world>(lenet);
  return std::make_unique<gossip_world>(what, lenet);
}

void measure(const subject& what, const learning::model_runtime& lenet) {
  const double megabytes = static_cast<double>(lenet.layout().size() * sizeof(float)) / 1e6;
  const auto all = make_world(what, lenet);
  std::vector<double> encoding, decoding, share, size;
  for (round_number round = 0; round < warm_up_rounds + timed_rounds; ++round) {
    const auto cost = all->round(round);
    if (round < warm_up_rounds)
      continue;
    encoding.push_back(nodes * megabytes / std::max(1e-9, cost.encoding));
    decoding.push_back(nodes * all->decoded() * megabytes / std::max(1e-9, cost.decoding));
    share.push_back(100 * cost.sharing / cost.training);
    size.push_back(cost.bytes / (1e6 * megabytes + learning::fragment_header_size));
  }
  const auto name = "sharing/" + what.name;
  const bool by_reference =
      what.strategy.has("name") && what.strategy.text("name") == "full" && sharing::sends_floats(*what.codec);
  if (!by_reference) {
    bench::report(name + "/encode", "MB/s of float32", encoding);
    bench::report(name + "/decode", "MB/s of float32", decoding);
  }
  bench::report(name + "/share", "% of 5 local steps", share);
  bench::report(name + "/size", "of a full message", size);
}

} // namespace

int main(int argc, char** argv) {
  const std::string only = argc > 1 ? argv[1] : "";
  if (argc > 2 || only.starts_with('-')) {
    std::cerr << "usage: bench_sharing [NAME]; with it only the subjects that begin so, such as top-k\n";
    return 2;
  }
  models::prepare_process();
  const auto lenet = make_lenet();
  int status = 0;
  for (const auto& what : all_subjects())
    if (what.name.starts_with(only)) {
      try {
        measure(what, *lenet);
      } catch (const std::exception& e) {
        std::cerr << what.name << ": " << e.what() << '\n';
        status = 1;
      }
    }
  return status;
}
