#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "core/learning/algorithm.hpp"
#include "core/learning/inbox.hpp"
#include "core/learning/job_builder.hpp"
#include "core/learning/participation.hpp"

namespace rhizome::learning {

namespace {

constexpr auto not_trained = std::numeric_limits<double>::quiet_NaN();

struct fed_avg_options {
  double participation = 1;
  bool weighted = false;
};

/// What worker and server share. All draw a round's participants alike, and nobody begins a round before its view has
/// come: the views are empty, but keep the nodes within the run-ahead window.
class fed_avg_member : public learner {
public:
  state save() const override {
    state saved;
    saved.arrays["model"] = model_;
    saved.counters["round"] = round_;
    saved.counters["bytes_sent"] = bytes_before_round_; // the round is done again
    return saved;
  }

  void load(const state& saved) override {
    model_ = saved.arrays.at("model");
    round_ = static_cast<round_number>(saved.counters.at("round"));
    bytes_before_round_ = saved.counters.at("bytes_sent");
    restore_bytes_sent(bytes_before_round_);
  }

protected:
  fed_avg_member(node_context context, const fed_avg_options& options)
      : model_(std::exchange(context.initial, nullptr)), context_(std::move(context)), options_(options) {}

  /// The round's view is there.
  virtual void begin_round(effects& out) = 0;

  void on_start(effects& out) override { out.emplace_back(need_round{round_}); }

  void on_view(round_number round_of_view, round_view_ptr, effects& out) override {
    next_view_ = round_of_view + 1;
    begin_if_due(out);
  }

  /// Reports the round; after it comes the next, or the end.
  void end_round(double train_loss, std::vector<evaluation> evaluations, snapshot model, std::uint64_t parameters_hash,
                 effects& out) {
    ++round_;
    bytes_before_round_ = bytes_sent();
    begun_ = false;
    if (round_ == run().rounds)
      out.emplace_back(finished{parameters_hash});
    out.emplace_back(report{round_, train_loss, std::move(evaluations), bytes_sent(), std::move(model)});
    if (round_ == run().rounds)
      return;
    out.emplace_back(need_round{round_});
    begin_if_due(out);
  }

  void begin_if_due(effects& out) {
    if (begun_ || next_view_ <= round_ || round_ >= run().rounds)
      return;
    begun_ = true;
    begin_round(out);
  }

  waiting waiting_for_view() const { return {round_, fmt::format("the view of round {}", round_), {}}; }

  node_id server() const { return run().nodes - 1; }
  std::vector<node_id> participants() const {
    return draw_participants(run().seed, round_, server(), options_.participation);
  }

  const run_context& run() const { return *context_.run; }
  const node_context& context() const { return context_; }
  const fed_avg_options& options() const { return options_; }
  round_number round() const { return round_; }
  bool begun() const { return begun_; } ///< and not ended

  snapshot model_; ///< the server's global model; a worker's own last one

private:
  node_context context_;
  fed_avg_options options_;
  round_number round_ = 0;
  round_number next_view_ = 0; ///< views of the rounds below it have come
  std::uint64_t bytes_before_round_ = 0;
  bool begun_ = false;
};

/// Trains what the server sends in the rounds in which it takes part, and sends the result back.
class fed_avg_worker final : public fed_avg_member {
public:
  fed_avg_worker(node_context context, const fed_avg_options& options)
      : fed_avg_member(std::move(context), options), optimizer_(run().optimizer_vectors) {}

  waiting waiting_for() const override {
    if (!begun())
      return round() < run().rounds ? waiting_for_view() : waiting{round(), {}, {}};
    if (training_)
      return {round(), {}, {}};
    return {round(), fmt::format("the server's model of round {}", round()), {server()}};
  }

  state save() const override {
    auto saved = fed_avg_member::save();
    for (std::size_t i = 0; i < optimizer_.size(); ++i)
      saved.arrays["optimizer." + std::to_string(i)] = optimizer_[i];
    saved.counters["optimizer_steps"] = optimizer_steps_;
    saved.counters["isolated"] = isolated_ ? 1 : 0;
    return saved;
  }

  void load(const state& saved) override {
    fed_avg_member::load(saved);
    for (std::size_t i = 0; i < optimizer_.size(); ++i)
      optimizer_[i] = saved.arrays.at("optimizer." + std::to_string(i));
    optimizer_steps_ = saved.counters.at("optimizer_steps");
    isolated_ = saved.counters.at("isolated") != 0;
  }

private:
  void begin_round(effects& out) override {
    if (!std::ranges::binary_search(participants(), context().id)) {
      end_round(not_trained, {}, nullptr, 0, out);
      return;
    }
    take_model(out);
  }

  void on_fragment(fragment f, effects& out) override {
    if (f.round < round() || f.sender != server())
      return;
    inbox_.put(std::move(f));
    if (begun() && !training_)
      take_model(out);
  }

  void take_model(effects& out) {
    auto f = inbox_.take(round(), server());
    if (!f)
      return;
    if (isolated_) {
      reply(nullptr, not_trained, out);
      return;
    }
    training_ = true;
    model_ = nullptr;
    job_builder job(context().id, round());
    const auto steps = context().local_steps;
    train_step train{job.input(std::move(f->body->values)), {}, {std::uint64_t{round()} * steps, steps}};
    train.optimizer_steps = optimizer_steps_;
    for (auto& values : optimizer_)
      train.optimizer.push_back(job.input(std::exchange(values, nullptr)));
    job.output(train.model);
    if (!run().reset_optimizer)
      for (const slot s : train.optimizer)
        job.output(s);
    job.add(std::move(train));
    out.emplace_back(compute{round(), job.build()});
  }

  void on_computed(token, job_result result, effects& out) override {
    training_ = false;
    if (!result.finite) {
      out.emplace_back(diverged{round(), result.train_loss});
      if (run().on_nonfinite == nonfinite_policy::stop)
        return;
      isolated_ = true;
      optimizer_.assign(optimizer_.size(), nullptr);
      reply(nullptr, not_trained, out);
      return;
    }
    model_ = std::move(result.outputs.at(0));
    if (!run().reset_optimizer) {
      for (std::size_t i = 0; i < optimizer_.size(); ++i)
        optimizer_[i] = std::move(result.outputs.at(1 + i));
      optimizer_steps_ += context().local_steps;
    }
    const auto& samples = run().train_samples;
    std::vector<double> scalars;
    if (options().weighted && !samples.empty())
      scalars.push_back(static_cast<double>(samples.at(context().id)));
    reply(dense_payload(model_, std::move(scalars)), result.train_loss, out);
  }

  /// A worker without a model says so, for the server waits for it.
  void reply(payload_ptr body, double train_loss, effects& out) {
    send_to(fragment{context().id, round(), fragment_kind::model, false, std::move(body)}, {server()}, out);
    end_round(train_loss, {}, nullptr, 0, out);
  }

  inbox inbox_;
  std::vector<snapshot> optimizer_;
  std::uint64_t optimizer_steps_ = 0;
  bool training_ = false;
  bool isolated_ = false; ///< it has no usable model any more (nonfinite_policy::isolate)
};

/// Sends the global model to the participants of each round and takes the mean of what they make of it.
class fed_avg_server final : public fed_avg_member {
public:
  fed_avg_server(node_context context, const fed_avg_options& options) : fed_avg_member(std::move(context), options) {}

  waiting waiting_for() const override {
    if (!begun())
      return round() < run().rounds ? waiting_for_view() : waiting{round(), {}, {}};
    return {round(), missing_.empty() ? std::string() : fmt::format("models of round {}", round()), missing_};
  }

private:
  void begin_round(effects& out) override {
    missing_ = participants();
    send_to(fragment{context().id, round(), fragment_kind::model, false, dense_payload(model_)}, missing_, out);
  }

  void on_fragment(fragment f, effects& out) override {
    if (f.round != round() || std::erase(missing_, f.sender) == 0)
      return; // a round that is over, or nobody who was asked
    received_[f.sender] = std::move(f.body);
    if (missing_.empty())
      take_mean(out);
  }

  /// x^{r+1} = sum_k n_k y_k / sum_k n_k in order of worker id; n_k = 1 unless weighted. The evaluation comes with it.
  void take_mean(effects& out) {
    const auto weight = [](const payload& body) { return body.scalars.empty() ? 1.0 : body.scalars.front(); };
    double total = 0;
    for (const auto& [worker, body] : received_)
      total += body ? weight(*body) : 0;
    job_builder job(context().id, round());
    combine_step mean;
    for (const auto& [worker, body] : received_)
      if (body)
        mean.terms.emplace_back(job.input(body->values), static_cast<float>(weight(*body) / total));
    received_.clear();
    if (mean.terms.empty()) // no participant has a model
      mean.terms.emplace_back(job.input(model_), 1.0F);
    const slot x = mean.out = job.fresh();
    job.add(std::move(mean));
    if (run().evaluation.due(round() + 1))
      job.add(evaluate_step{x, test_set::global, run().evaluation.samples_at(round() + 1)});
    job.add(hash_step{x});
    job.output(x);
    out.emplace_back(compute{round(), job.build()});
  }

  void on_computed(token, job_result result, effects& out) override {
    model_ = std::move(result.outputs.at(0));
    end_round(not_trained, std::move(result.evaluations), run().evaluation.average_due(round() + 1) ? model_ : nullptr,
              result.hashes.at(0), out);
  }

  std::vector<node_id> missing_; ///< participants of the round whose models have not come
  std::map<node_id, payload_ptr> received_;
};

std::vector<role> workers_and_server(std::uint32_t nodes) {
  return {{"worker", nodes, true}, {"server", 1, false}};
}

std::unique_ptr<learner> make_member(node_context context, const config::section& parameters) {
  const fed_avg_options options{parameters.real("participation"), parameters.boolean("weighted")};
  if (context.role == 0)
    return std::make_unique<fed_avg_worker>(std::move(context), options);
  return std::make_unique<fed_avg_server>(std::move(context), options);
}

} // namespace

algorithm fed_avg() {
  return {
      .schema = {"fed-avg",
                 "Federated averaging: a server, the node after the workers, sends its model to some of them each "
                 "round and takes the mean of what they have trained; its model is the one that is evaluated.",
                 {{.name = "participation",
                   .default_value = 1.0,
                   .sentence = "The share of the workers that take part in a round, rounded up; drawn afresh.",
                   .minimum = 0.0,
                   .maximum = 1.0,
                   .exclusive_minimum = true},
                  {.name = "weighted",
                   .default_value = false,
                   .sentence = "Whether a worker counts as much as it has training samples; else all count alike."}}},
      .graph = graph_use::none,
      .roles = workers_and_server,
      .make = make_member};
}

} // namespace rhizome::learning
