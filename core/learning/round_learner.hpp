#pragma once

#include <memory>
#include <vector>

#include "core/learning/job_builder.hpp"
#include "core/learning/learner.hpp"
#include "core/learning/node_context.hpp"

namespace rhizome::learning {

/// What synchronous algorithms share: a round's local steps with the optimizer's state, the evaluations that are due
/// before them, reports, and what happens when parameters are no longer finite. An algorithm adds the exchange.
///
/// The hot path of round r is one job: [make x^r from what was exchanged in round r - 1, evaluate, train, encode].
class round_learner : public learner {
public:
  [[nodiscard]] state save() const override;
  void load(const state& saved) override;

protected:
  explicit round_learner(node_context context);

  /// The registers of a round's job that an algorithm writes its steps around.
  struct round_job {
    job_builder builder;
    slot model; ///< x^r, and after finish_round_job x^{r+1/2}
  };

  [[nodiscard]] round_job begin_round_job() const;
  /// Adds the evaluations that are due, and unless all rounds are done the local steps.
  void plan_evaluation_and_training(round_job& job);
  /// Hands the job out, with the round as its token.
  void launch(round_job job, effects& out);

  /// Takes up the result of a round's job: reports the evaluations, keeps the trained model. Returns false if the
  /// learner exchanges nothing more: all rounds are done, or it has stopped.
  [[nodiscard]] bool finish_round_job(job_result& result, effects& out);

  [[nodiscard]] const run_context& run() const noexcept { return *context_.run; }
  [[nodiscard]] node_id id() const noexcept { return context_.id; }
  /// The round that is being trained or exchanged.
  [[nodiscard]] round_number round() const noexcept { return round_; }
  [[nodiscard]] bool all_rounds_done() const noexcept { return round_ >= run().rounds; }
  /// The exchange of the round is over: the next round begins.
  void next_round() noexcept {
    ++round_;
    bytes_before_round_ = bytes_sent();
  }
  /// The node has no usable model any more (nonfinite_policy::isolate).
  [[nodiscard]] bool isolated() const noexcept { return isolated_; }
  /// Round r without a model: reports that it is done. Returns false after the last one.
  [[nodiscard]] bool skip_round(effects& out);

  /// The round is trained already: load() took up a state, and what had been sent is to be sent again.
  [[nodiscard]] bool resumed() const noexcept { return resumed_; }
  void clear_resumed() noexcept { resumed_ = false; }

  snapshot model_; ///< x^{r+1/2} between two jobs; the initial one at the start; null in an isolated node

private:
  /// Whether x^r is the node's own work, to be evaluated and reported: not so at the start.
  [[nodiscard]] bool has_trained() const noexcept { return round_ > context_.first_round; }
  void finish_last_job(job_result& result, effects& out);

  static constexpr std::size_t no_output = ~std::size_t{0};

  node_context context_;
  std::vector<snapshot> optimizer_;
  std::uint64_t optimizer_steps_ = 0;
  round_number round_ = 0;
  double train_loss_ = 0;
  bool isolated_ = false;
  bool resumed_ = false;
  std::uint64_t bytes_before_round_ = 0;
  std::size_t model_output_ = 0; ///< where in a job's outputs the trained model stands
  std::size_t average_output_ = no_output;
};

} // namespace rhizome::learning
