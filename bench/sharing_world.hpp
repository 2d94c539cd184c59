#pragma once

// What bench/sharing.cpp measures with: nodes without actors, whose jobs run one after another and are timed.

#include <cstdint>
#include <ctime>
#include <memory>
#include <span>
#include <utility>
#include <variant>

#include "core/learning/job_builder.hpp"
#include "core/learning/runner.hpp"
#include "core/sharing/strategy.hpp"

namespace rhizome::bench {

/// What a round of all nodes took, in seconds.
struct round_cost {
  double training = 0;
  double sharing = 0; ///< encoding, decoding and averaging
  double encoding = 0;
  double decoding = 0;
  double bytes = 0; ///< that node 0 sends to one neighbour
};

/// Seconds that this thread has worked. Not the time of day: what else the machine does is not what is measured.
inline double thread_seconds() {
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

inline constexpr std::uint32_t local_steps = 5;

/// Of a round's training.
inline learning::batch_range batches_of(round_number number) {
  return {std::uint64_t{number} * local_steps, local_steps};
}

/// A world without actors: each node's jobs in turn, as a learner would write them.
class world {
public:
  explicit world(const learning::model_runtime& lenet)
      : pool_(learning::vector_pool::make(lenet.layout().size())),
        runner_(std::make_unique<timed_trainer>(lenet.make_trainer(), training_), pool_) {}
  virtual ~world() = default;
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  /// How many payloads a node decodes in a round.
  [[nodiscard]] virtual std::uint32_t decoded() const = 0;

  round_cost round(round_number number) {
    round_cost cost;
    training_ = 0;
    take_turns(number, cost);
    cost.training = training_;
    cost.sharing -= training_;
    return cost;
  }

protected:
  virtual void take_turns(round_number number, round_cost& cost) = 0;

  learning::snapshot start(const learning::model_runtime& lenet, node_id node) {
    auto model = pool_->acquire();
    lenet.initial_parameters(node, model->values());
    return model;
  }

  learning::job_result run(learning::job job, round_cost& cost) {
    for (auto& step : job.steps) {
      if (auto* encode = std::get_if<learning::encode_step>(&step))
        encode->with = std::make_shared<timed_encoder>(encode->with, cost.encoding);
      if (auto* decode = std::get_if<learning::decode_step>(&step))
        decode->with = std::make_shared<timed_decoder>(decode->with, cost.decoding);
    }
    const stopwatch watch(cost.sharing); // of the whole job; training is taken off later
    return runner_.run(std::move(job));
  }

private:
  double training_ = 0; ///< of the round, in seconds
  std::shared_ptr<learning::vector_pool> pool_;
  learning::job_runner runner_;
};

} // namespace rhizome::bench
