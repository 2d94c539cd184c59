#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/config/schema.hpp"
#include "core/learning/algorithm.hpp"
#include "core/learning/inbox.hpp"
#include "core/learning/job_builder.hpp"
#include "core/learning/learner.hpp"
#include "core/learning/node_context.hpp"

namespace rhizome::learning {

/// The loss of a round in which a node has not trained.
inline constexpr double not_trained = std::numeric_limits<double>::quiet_NaN();

/// The two roles of algorithms with a server: the workers, then the server, the node after them, without data.
[[nodiscard]] std::vector<role> workers_and_server(std::uint32_t nodes);
/// The key of the share of workers that take part in a round.
[[nodiscard]] config::key participation_key();

/// What workers and servers share. All draw a round's participants alike, and nobody begins a round before its view has
/// come: the views are empty, but keep the nodes within the run-ahead window.
class federated_member : public learner {
public:
  [[nodiscard]] state save() const override;
  void load(const state& saved) override;

protected:
  federated_member(node_context context, double participation);

  /// The round's view is there.
  virtual void begin_round(effects& out) = 0;

  /// Reports the round; after it comes the next, or the end.
  void end_round(double train_loss, std::vector<evaluation> evaluations, snapshot model, std::uint64_t parameters_hash,
                 effects& out);

  [[nodiscard]] waiting waiting_for_view() const;

  [[nodiscard]] node_id server() const { return run().nodes - 1; }
  [[nodiscard]] std::vector<node_id> participants() const;
  [[nodiscard]] bool takes_part() const;

  [[nodiscard]] const run_context& run() const { return *context_.run; }
  [[nodiscard]] const node_context& context() const { return context_; }
  [[nodiscard]] round_number round() const { return round_; }
  [[nodiscard]] bool begun() const { return begun_; } ///< and not ended

  snapshot model_; ///< the server's global model; a worker's own last one

private:
  void on_start(effects& out) override;
  void on_view(round_number round_of_view, round_view_ptr, effects& out) override;
  void begin_if_due(effects& out);

  node_context context_;
  double participation_;
  round_number round_ = 0;
  round_number next_view_ = 0; ///< views of the rounds below it have come
  std::uint64_t bytes_before_round_ = 0;
  bool begun_ = false;
};

/// A node's optimizer between its jobs: state vectors and how many steps they have seen.
class optimizer_memory {
public:
  explicit optimizer_memory(const run_context& run) : vectors_(run.optimizer_vectors), kept_(!run.reset_optimizer) {}

  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  /// Hands the state to a job, which gives it back as outputs from the next one on.
  [[nodiscard]] std::vector<slot> lend(job_builder& job);
  /// Takes it back after `steps` more steps.
  void take_back(const job_result& result, std::uint64_t steps);
  void forget();

  void save(state& to) const;
  void load(const state& from);

private:
  std::vector<snapshot> vectors_;
  std::uint64_t steps_ = 0;
  bool kept_; ///< else each job begins afresh
  std::size_t first_output_ = 0;
};

/// Answers the model that the server sends it in the rounds in which it takes part; rests in the others.
class federated_worker : public federated_member {
public:
  [[nodiscard]] waiting waiting_for() const override;
  [[nodiscard]] state save() const override;
  void load(const state& saved) override;

protected:
  federated_worker(node_context context, double participation);

  /// Adds the steps that make the answer of the server's model.
  virtual void plan_answer(job_builder& job, slot model) = 0;
  /// The answer, once the job is done.
  [[nodiscard]] virtual payload_ptr answer(job_result& result) = 0;
  /// The worker has no usable model any more.
  virtual void on_isolated() {}

private:
  void begin_round(effects& out) override;
  void on_fragment(fragment f, effects& out) override;
  void on_computed(token, job_result result, effects& out) override;
  void take_model(effects& out);
  /// A worker without a model says so, for the server waits for it.
  void reply(payload_ptr body, double train_loss, effects& out);

  inbox inbox_;
  bool computing_ = false;
  bool isolated_ = false; ///< nonfinite_policy::isolate
};

/// Invites the participants of each round and makes the next model of what they answer.
class federated_server : public federated_member {
public:
  [[nodiscard]] waiting waiting_for() const override;

protected:
  using federated_member::federated_member;
  using answers = std::map<node_id, payload_ptr>; ///< in order of worker id; null: nothing to share

  /// Sends the participants what they need: by default the model.
  virtual void invite(const std::vector<node_id>& participants, effects& out);
  /// All answers are there.
  virtual void take_up(answers received, effects& out) = 0;

  /// Adds what ends a round to the job that has made the next model: the evaluation, the hash. Returns the number of
  /// the model among the job's outputs.
  std::size_t plan_end(job_builder& job, slot model);
  /// Takes the new model up from such a job's result, as its output number `model`, and ends the round.
  void finish(job_result& result, std::size_t model, effects& out);

private:
  void begin_round(effects& out) override;
  void on_fragment(fragment f, effects& out) override;

  std::vector<node_id> missing_; ///< participants of the round whose answers have not come
  answers received_;
  inbox early_; ///< answers of rounds that the server has not begun
};

/// A worker or server that takes steps of the optimizer itself: keeps the state between its jobs, and saves it.
template <class Member>
class with_optimizer : public Member {
public:
  [[nodiscard]] state save() const override {
    auto saved = Member::save();
    optimizer_.save(saved);
    return saved;
  }

  void load(const state& saved) override {
    Member::load(saved);
    optimizer_.load(saved);
  }

protected:
  with_optimizer(node_context context, double participation)
      : Member(std::move(context), participation), optimizer_(this->run()) {}

  optimizer_memory optimizer_;
};

} // namespace rhizome::learning
