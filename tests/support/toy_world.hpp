#pragma once

// A world without actors, clock or network: carries out the effects of n learners one by one, in an order that a test
// chooses. What a learner computes must not depend on that order.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "core/learning/algorithm.hpp"
#include "core/learning/runner.hpp"
#include "core/learning/trainer.hpp"
#include "core/random.hpp"
#include "tests/support/mixing.hpp"

namespace rhizome::test {

/// How a toy world behaves; everything is deterministic.
struct world_options {
  view_function views = no_views();
  /// Views that are made while nodes are absent; null: `views`, which still contain them.
  repaired_view_function repaired_views = {};
  std::uint32_t run_ahead = 2; ///< views of round r go out when every live node has asked for round r - run_ahead
  round_number rounds = 1;     ///< there are views of the rounds below it
  std::optional<std::uint64_t> shuffle =
      {};                              ///< deliver in a random order with this seed; else first come, first served
  std::optional<node_id> delayed = {}; ///< its events are delivered only when nothing else can move
  bool over_the_wire = false;          ///< every fragment is encoded and decoded
  sharing::vector_parts apart = {};    ///< what may travel where buffers do not with the model: see run_context
  bool record_sent = false;            ///< keep all fragments, and so all vectors, in the logs
  std::chrono::nanoseconds latency{};  ///< of each fragment
  std::function<std::chrono::nanoseconds(node_id, const learning::job&)> compute_time = {}; ///< of each job; null: none
};

/// What one node did.
struct node_log {
  std::vector<learning::report> reports;
  std::vector<learning::diverged> diverged;
  std::vector<learning::finished> finished;
  std::vector<std::pair<run_time, learning::fragment>> sent; ///< per receiver, if world_options::record_sent
  std::uint64_t wire_bytes = 0;                              ///< the sizes of the encoded fragments, per receiver
};

/// What becomes of fragments that a lost node has sent and nobody has received yet.
enum class in_flight : std::uint8_t { delivered, lost };

class toy_world {
public:
  /// The runtime outlives the world; vectors of learners' initial models come from `pool`.
  toy_world(const learning::model_runtime& runtime, std::shared_ptr<learning::vector_pool> pool,
            std::vector<std::unique_ptr<learning::learner>> learners, world_options options);

  /// Delivers `started` to all.
  void start();
  /// Keeps back the views of this round and all later ones, and hands out those before it.
  void withhold_views_from(round_number round) {
    withheld_ = round;
    hand_out_views();
  }
  /// The node is lost: its events with it, and all others are told.
  void take_down(node_id node, in_flight sent = in_flight::delivered);
  /// The node is back with a new learner that begins at next_round(), and all others are told.
  void bring_back(node_id node, std::unique_ptr<learning::learner> learner);
  /// The first round whose views nobody has.
  [[nodiscard]] round_number next_round() const { return std::ranges::max(next_view_); }
  /// Delivers an event out of turn, for tests of misbehaving neighbours.
  void deliver(node_id node, learning::event e) { execute(node, learners_[node]->handle(std::move(e), now_)); }
  /// One event; false when there is none that is due by `limit`.
  bool step(run_time limit = run_time::max());
  /// Until nothing is left that is due by `limit`.
  void run(run_time limit = run_time::max());

  [[nodiscard]] const node_log& log(node_id node) const { return logs_[node]; }
  [[nodiscard]] learning::learner& at(node_id node) { return *learners_[node]; }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(learners_.size()); }
  [[nodiscard]] run_time now() const { return now_; }
  [[nodiscard]] const learning::vector_pool& pool() const { return *pool_; }
  /// Fragments that took the place of one that was still under way.
  [[nodiscard]] std::uint64_t replaced() const { return replaced_; }
  /// Whether all nodes that are not lost have finished, once.
  [[nodiscard]] bool all_finished() const;
  /// The model in each learner's state.
  [[nodiscard]] std::vector<learning::snapshot> models() const;

private:
  struct pending {
    node_id node = 0;
    run_time due{};
    std::variant<learning::event, learning::compute> what;
  };

  void execute(node_id node, learning::effects effects);
  void carry_out(node_id node, learning::compute& c);
  void carry_out(node_id node, learning::send& s);
  void post(node_id node, learning::fragment f);
  /// Tells all others.
  void tell(const learning::peer_changed& change);
  void hand_out_views();
  /// The pending event that is next.
  [[nodiscard]] std::size_t choose();

  std::shared_ptr<learning::vector_pool> pool_;
  learning::job_runner runner_;
  std::vector<std::unique_ptr<learning::learner>> learners_;
  world_options options_;
  std::optional<random_stream> random_;
  std::vector<node_log> logs_;
  std::set<node_id> absent_;
  std::vector<std::optional<round_number>> asked_;
  std::vector<round_number> next_view_;
  round_number withheld_ = ~round_number{0};
  std::vector<pending> pending_; ///< in the order in which they were caused
  run_time now_{};
  std::uint64_t replaced_ = 0;
};

/// The parts of a run of one algorithm: a test changes what it is about and makes worlds of it.
class toy_run {
public:
  /// `nodes` as in the configuration: the algorithm's roles may add some. Full sharing, the weighted mean, and no
  /// evaluation before the end.
  toy_run(const learning::model_runtime& runtime, learning::algorithm algorithm, std::uint32_t nodes,
          std::uint32_t rounds);

  learning::run_context context;
  config::section parameters; ///< of the algorithm
  world_options options;
  std::uint32_t local_steps = 1;

  [[nodiscard]] std::unique_ptr<toy_world> make() const;
  /// The learner of a node that begins in a later round, with this model.
  [[nodiscard]] std::unique_ptr<learning::learner> returning(node_id node, round_number first_round,
                                                             learning::snapshot model) const;
  /// A world whose learners take up saved states.
  [[nodiscard]] std::unique_ptr<toy_world> resume(const std::vector<learning::state>& states) const;
  /// Made, started and run until nothing is left.
  [[nodiscard]] std::unique_ptr<toy_world> run() const;

private:
  const learning::model_runtime& runtime_;
  learning::algorithm algorithm_;
  std::vector<std::uint32_t> roles_; ///< of each node: the index into algorithm::roles
};

/// The values of each model.
[[nodiscard]] std::vector<std::vector<float>> values_of(const std::vector<learning::snapshot>& models);

} // namespace rhizome::test
