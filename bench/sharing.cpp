// What sharing costs: encoding and decoding by every strategy and codec, against training. See README.md.

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <iostream>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "bench/report.hpp"
#include "core/data/load.hpp"
#include "core/data/schema.hpp"
#include "core/learning/registry.hpp"
#include "core/learning/runner.hpp"
#include "core/sharing/codecs/registry.hpp"
#include "core/sharing/registry.hpp"
#include "models/process_setup.hpp"
#include "models/runtime.hpp"
#include "models/schema.hpp"

namespace {

using namespace rhizome;

constexpr std::uint64_t seed = 1;
constexpr std::uint32_t nodes = 6; // all are neighbours of all: five each
constexpr std::uint32_t warm_up_rounds = 2;
constexpr std::uint32_t timed_rounds = 15;
constexpr std::uint32_t local_steps = 5;
constexpr std::size_t samples_a_node = 256;

/// One way to share.
struct subject {
  std::string name;
  config::section strategy;
  sharing::codec_ptr codec;
};

/// Every strategy by its defaults and with each of its compressors or methods; every values codec with the whole model;
/// every index codec with top-k.
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

/// What a round of all nodes took, in seconds.
struct round_cost {
  double training = 0;
  double sharing = 0; ///< encoding, decoding and averaging
  double encoding = 0;
  double decoding = 0;
  double bytes = 0; ///< that node 0 sends to one neighbour
};

/// Seconds that this thread has worked. Not the time of day: what else the machine does is not what is measured.
double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Adds the time between its making and its end to a number.
class stopwatch {
public:
  explicit stopwatch(double& seconds) : seconds_(seconds) {}
  ~stopwatch() { seconds_ += thread_seconds() - start_; }
  stopwatch(const stopwatch&) = delete;
  stopwatch& operator=(const stopwatch&) = delete;

private:
  double& seconds_;
  double start_ = thread_seconds();
};

class timed_trainer final : public learning::trainer {
public:
  timed_trainer(std::unique_ptr<learning::trainer> inner, double& seconds)
      : inner_(std::move(inner)), seconds_(seconds) {}
  double train(node_id node, std::span<float> model, std::span<const std::span<float>> optimizer,
               const learning::batch_range& batches, std::uint64_t optimizer_steps, bool& finite) override {
    const stopwatch watch(seconds_);
    return inner_->train(node, model, optimizer, batches, optimizer_steps, finite);
  }
  double gradient(node_id node, std::span<const float> point, std::span<float> out,
                  const learning::batch_range& batches) override {
    return inner_->gradient(node, point, out, batches);
  }
  bool apply(std::span<float> model, std::span<float> gradient, std::span<const std::span<float>> optimizer,
             std::uint64_t step, std::uint64_t optimizer_steps) override {
    return inner_->apply(model, gradient, optimizer, step, optimizer_steps);
  }
  learning::evaluation evaluate(node_id node, std::span<const float> model, learning::test_set on,
                                std::uint64_t samples) override {
    return inner_->evaluate(node, model, on, samples);
  }

private:
  std::unique_ptr<learning::trainer> inner_;
  double& seconds_;
};

class timed_encoder final : public learning::encoder {
public:
  timed_encoder(std::shared_ptr<const learning::encoder> inner, double& seconds)
      : inner_(std::move(inner)), seconds_(seconds) {}
  learning::payload_ptr encode(std::span<const learning::snapshot> in) const override {
    const stopwatch watch(seconds_);
    return inner_->encode(in);
  }

private:
  std::shared_ptr<const learning::encoder> inner_;
  double& seconds_;
};

class timed_decoder final : public learning::decoder {
public:
  timed_decoder(std::shared_ptr<const learning::decoder> inner, double& seconds)
      : inner_(std::move(inner)), seconds_(seconds) {}
  result<void> decode(const learning::payload& body, std::span<const float> own, std::span<float> out) const override {
    const stopwatch watch(seconds_);
    return inner_->decode(body, own, out);
  }

private:
  std::shared_ptr<const learning::decoder> inner_;
  double& seconds_;
};

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

/// A world without actors: each node's jobs in turn, as a learner would write them.
class gossip_world {
public:
  gossip_world(const subject& what, const learning::model_runtime& lenet)
      : pool_(learning::vector_pool::make(lenet.layout().size())),
        runner_(std::make_unique<timed_trainer>(lenet.make_trainer(), training_), pool_) {
    std::vector<std::size_t> tensors;
    const auto& layout = lenet.layout();
    for (std::size_t i = 0; i < layout.tensors.size(); ++i)
      tensors.push_back((i + 1 < layout.tensors.size() ? layout.tensors[i + 1].offset : layout.size()) -
                        layout.tensors[i].offset);
    const auto& kind = sharing::find_strategy(what.strategy.text("name"));
    for (node_id i = 0; i < nodes; ++i) {
      auto model = pool_->acquire();
      lenet.initial_parameters(i, model->values());
      members_.push_back({std::move(model), kind.make({what.strategy, what.codec, i, seed, tensors}), view_of(i), {}});
    }
  }

  round_cost round(round_number number) {
    round_cost cost;
    training_ = 0;
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
    cost.training = training_;
    cost.sharing -= training_;
    return cost;
  }

private:
  struct member {
    learning::snapshot model;
    std::unique_ptr<sharing::strategy> strategy;
    learning::round_view view;
    std::vector<sharing::incoming> received = {};
  };

  /// The job of one node: takes in the last round's messages, trains and encodes.
  std::vector<sharing::outgoing> take_turn(node_id i, round_number number, round_cost& cost) {
    auto& [model, strategy, view, received] = members_[i];
    learning::job_builder job(i, number);
    auto slot = job.input(std::move(model));
    if (number > 0)
      slot = strategy->plan_receive(job, slot, 1.0 / nodes, std::move(received), rule_);
    strategy->plan_training(job, slot);
    job.add(learning::train_step{slot, {}, {std::uint64_t{number} * local_steps, local_steps}});
    strategy->plan_send(job, slot, view);
    const auto output = job.output(slot);
    auto built = job.build();
    for (auto& step : built.steps) {
      if (auto* encode = std::get_if<learning::encode_step>(&step))
        encode->with = std::make_shared<timed_encoder>(encode->with, cost.encoding);
      if (auto* decode = std::get_if<learning::decode_step>(&step))
        decode->with = std::make_shared<timed_decoder>(decode->with, cost.decoding);
    }
    const auto result = [&] {
      const stopwatch watch(cost.sharing); // of the whole job; training is taken off later
      return runner_.run(std::move(built));
    }();
    model = result.outputs.at(output);
    return strategy->sends(result, view);
  }

  double training_ = 0; ///< of the round, in seconds
  std::shared_ptr<learning::vector_pool> pool_;
  learning::job_runner runner_;
  learning::aggregation_rule_ptr rule_ = learning::find_aggregation("weighted-mean").make({});
  std::vector<member> members_;
};

void measure(const subject& what, const learning::model_runtime& lenet) {
  const double megabytes = static_cast<double>(lenet.layout().size() * sizeof(float)) / 1e6;
  gossip_world all(what, lenet);
  std::vector<double> encoding, decoding, share, size;
  for (round_number round = 0; round < warm_up_rounds + timed_rounds; ++round) {
    const auto cost = all.round(round);
    if (round < warm_up_rounds)
      continue;
    encoding.push_back(nodes * megabytes / std::max(1e-9, cost.encoding));
    decoding.push_back(nodes * (nodes - 1) * megabytes / std::max(1e-9, cost.decoding));
    share.push_back(100 * cost.sharing / cost.training);
    size.push_back(cost.bytes / (1e6 * megabytes + learning::fragment_header_size));
  }
  const auto name = "sharing/" + what.name;
  if (what.strategy.text("name") != "full" || !sharing::sends_floats(*what.codec)) { // that goes by reference
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
