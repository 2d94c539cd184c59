#include "core/learning/round_learner.hpp"

#include <limits>
#include <utility>

namespace rhizome::learning {

round_learner::round_learner(node_context context)
    : model_(std::move(context.initial)), context_(std::move(context)), optimizer_(context_.run->optimizer_vectors),
      round_(context_.first_round) {}

round_learner::round_job round_learner::begin_round_job() const {
  return {job_builder(id(), round_), 0};
}

void round_learner::plan_evaluation_and_training(round_job& job) {
  auto& [builder, model] = job;
  if (all_rounds_done()) {
    builder.add(hash_step{model});
    model_output_ = builder.output(model);
    return;
  }
  if (has_trained())
    for (const auto& evaluate : run().evaluation.steps(id(), round_, model))
      builder.add(evaluate);
  // Outputs beside the algorithm's own: the model, then the optimizer's state, and for the average model a copy from
  // before the training.
  average_output_ = no_output;
  const bool average_due = has_trained() && run().evaluation.average_due(round_);
  const slot before_training = average_due ? builder.copy(model) : model;
  train_step train{model, {}, {std::uint64_t{round_} * context_.local_steps, context_.local_steps}, optimizer_steps_};
  for (auto& values : optimizer_)
    train.optimizer.push_back(builder.input(std::exchange(values, nullptr)));
  const auto optimizer = train.optimizer;
  builder.add(std::move(train));
  model_output_ = builder.output(model);
  if (!run().reset_optimizer)
    for (const slot s : optimizer)
      builder.output(s);
  if (average_due)
    average_output_ = builder.output(before_training);
}

void round_learner::launch(round_job job, effects& out) {
  out.emplace_back(compute{round_, job.builder.build()});
}

bool round_learner::finish_round_job(job_result& result, effects& out) {
  if (all_rounds_done()) {
    finish_last_job(result, out);
    return false;
  }
  if (has_trained())
    out.emplace_back(report{round_, train_loss_, std::move(result.evaluations), bytes_sent(),
                            average_output_ == no_output ? nullptr : result.outputs.at(average_output_)});
  model_ = std::move(result.outputs.at(model_output_));
  train_loss_ = result.train_loss;
  if (!run().reset_optimizer) {
    for (std::size_t i = 0; i < optimizer_.size(); ++i)
      optimizer_[i] = std::move(result.outputs.at(model_output_ + 1 + i));
    optimizer_steps_ += context_.local_steps;
  }
  if (result.finite)
    return true;
  out.emplace_back(diverged{round_, train_loss_});
  model_ = nullptr;
  if (run().on_nonfinite == nonfinite_policy::stop)
    return false;
  isolated_ = true;
  optimizer_.assign(optimizer_.size(), nullptr);
  train_loss_ = std::numeric_limits<double>::quiet_NaN();
  return true;
}

void round_learner::finish_last_job(job_result& result, effects& out) {
  // The evaluation after the last round is a job of its own, so that the end of the rounds can be told from it.
  if (!result.hashes.empty()) {
    out.emplace_back(finished{result.hashes.front()});
    model_ = std::move(result.outputs.at(model_output_));
    if (const auto evaluations = run().evaluation.steps(id(), round_, 0); !evaluations.empty()) {
      auto job = begin_round_job();
      job.model = job.builder.input(model_);
      for (auto evaluate : evaluations) {
        evaluate.model = job.model;
        job.builder.add(evaluate);
      }
      launch(std::move(job), out);
      return;
    }
  }
  out.emplace_back(report{round_, train_loss_, std::move(result.evaluations), bytes_sent(),
                          run().evaluation.average_due(round_) ? model_ : nullptr});
}

bool round_learner::skip_round(effects& out) {
  if (all_rounds_done())
    out.emplace_back(finished{});
  out.emplace_back(report{round_, train_loss_, {}, bytes_sent(), nullptr});
  return !all_rounds_done();
}

state round_learner::save() const {
  state result;
  result.arrays["model"] = model_;
  for (std::size_t i = 0; i < optimizer_.size(); ++i)
    result.arrays["optimizer." + std::to_string(i)] = optimizer_[i];
  result.scalars["train_loss"] = train_loss_;
  result.counters["round"] = round_;
  result.counters["optimizer_steps"] = optimizer_steps_;
  result.counters["bytes_sent"] = bytes_before_round_; // this round's fragments will be sent again
  result.counters["isolated"] = isolated_ ? 1 : 0;
  return result;
}

void round_learner::load(const state& saved) {
  model_ = saved.arrays.at("model");
  for (std::size_t i = 0; i < optimizer_.size(); ++i)
    optimizer_[i] = saved.arrays.at("optimizer." + std::to_string(i));
  train_loss_ = saved.scalars.at("train_loss");
  round_ = static_cast<round_number>(saved.counters.at("round"));
  optimizer_steps_ = saved.counters.at("optimizer_steps");
  bytes_before_round_ = saved.counters.at("bytes_sent");
  restore_bytes_sent(bytes_before_round_);
  isolated_ = saved.counters.at("isolated") != 0;
  resumed_ = true;
}

} // namespace rhizome::learning
