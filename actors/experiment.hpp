#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/connector_actor.hpp"
#include "actors/experiment_actor.hpp"
#include "actors/gate_actor.hpp"
#include "actors/host_actor.hpp"
#include "actors/metric_logger_actor.hpp"
#include "actors/run_spec.hpp"
#include "actors/topology_manager_actor.hpp"

namespace rhizome::actors {

/// Called once, with how the run ended, when everything is stored.
using outcome_callback = std::function<void(run_outcome)>;

/// The state of an experiment_actor.
class experiment_state {
public:
  using handle = experiment_actor;
  static inline const char* name = "experiment";

  explicit experiment_state(self_pointer<handle> self) : self_(self) {}
  void prepare(run_spec_ptr spec, outcome_callback ended) {
    spec_ = std::move(spec);
    ended_ = std::move(ended);
  }
  experiment_actor::behavior_type make_behavior();

private:
  using clock = std::chrono::steady_clock;

  /// A host of the run; number 0 is in this process.
  struct member {
    enum class state : std::uint8_t {
      away,    ///< not connected: before it joins, or lost
      calling, ///< connecting, joining
      joined,  ///< has its actors, waits for its links
      here,    ///< takes part
    };
    state is = state::away;
    std::string name; ///< where it listens
    gate_actor gate;
    host_actor host;
    std::uint32_t cores = 1;
    std::uint64_t jobs_done = 0;
    std::uint64_t bytes_sent = 0;        ///< by its links since it has joined
    std::uint64_t bytes_sent_before = 0; ///< and before it was lost
    clock::time_point next_try;          ///< away: when it is called again
    bool waited_for = false;             ///< and the user has been told
  };
  /// A host says that another one is lost; this process sees both. Decided after a while.
  struct complaint {
    peer_lost what;
    clock::time_point due;
  };

  // -- joining and losing hosts: experiment_hosts.cpp
  void call(host_id id);
  /// Nobody answers there. Before the run has begun the host may still be starting.
  void not_reached(host_id id, const std::string& why);
  void greeted(host_id id, const greeting_answer& answer);
  /// Why a host of that build cannot take part; empty: it can.
  [[nodiscard]] std::string objection_to(const greeting_answer& answer) const;
  void place_nodes();
  void ask_to_join(host_id id);
  void joined(host_id id, const join_answer& answer);
  void let_all_meet();
  void let_meet_again(host_id back);
  void become_ready(host_id id);
  /// A host cannot be reached, or not any more.
  void lose(host_id id, const std::string& reason);
  void judge(const peer_lost& message);
  void judge_complaints();
  void call_those_away();
  [[nodiscard]] bool takes_part(host_id id) const { return members_[id].is == member::state::here; }
  [[nodiscard]] bool has_nodes_left() const;

  void start_here();
  void begin_rounds();
  void rounds_are_over(const rounds_over& times);
  void stored(std::uint32_t rounds);
  void interrupt();
  void end_if_at_rest();
  /// Whether a job has finished since it was asked last.
  bool has_progressed();
  /// Notices a run that stands still. After an interrupt the last rounds may take as long as they need, while jobs
  /// finish.
  void check_progress();
  void take(const host_progress& message);
  void take(const stall_report& report);
  void end_if_stalled();
  void finish(run_status status, std::string message);
  void stop_logger();
  void tell_outcome(const std::string& trouble);
  void note(std::string kind, std::string text);

  self_pointer<handle> self_;
  run_spec_ptr spec_;
  outcome_callback ended_;
  std::string run_; ///< the run's name among hosts
  metric_logger_actor logger_;
  topology_manager_actor topology_;
  connector_actor connector_;
  std::shared_ptr<const network::placement> placement_;
  std::vector<member> members_;
  std::set<host_id> not_ready_; ///< hosts that are waited for: at the start all, later for one that comes back
  std::optional<host_id> coming_back_;
  std::vector<complaint> complaints_;
  run_outcome outcome_;
  std::vector<std::uint64_t> hashes_;        ///< [nodes]
  std::chrono::nanoseconds trainers_time_{}; ///< wall time of the rounds x trainers, of hosts that are done
  std::chrono::nanoseconds training_time_{}; ///< of that in training
  bool begun_rounds_ = false;
  bool ending_ = false;
  bool interrupted_ = false;
  bool stalled_ = false;
  std::set<host_id> stall_answers_missing_;
  std::vector<node_status> stall_answers_;
  std::optional<std::uint32_t> rest_at_; ///< rounds that the nodes have reported, at rest
  clock::time_point begun_ = clock::now();
  clock::time_point last_progress_ = clock::now();
  std::uint64_t jobs_seen_ = 0;
  std::size_t stops_missing_ = 0;
};

[[nodiscard]] experiment_actor spawn_experiment(caf::actor_system& system, run_spec_ptr spec, outcome_callback ended);

} // namespace rhizome::actors
