#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/experiment_actor.hpp"
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

  void spawn_parts();
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
  void end_if_stalled(const stall_report& report);
  void finish(run_status status, std::string message);
  void stop_logger();
  void tell_outcome(const std::string& trouble);

  self_pointer<handle> self_;
  run_spec_ptr spec_;
  outcome_callback ended_;
  metric_logger_actor logger_;
  topology_manager_actor topology_;
  host_actor host_;
  run_outcome outcome_;
  std::vector<std::uint64_t> hashes_; ///< [nodes]
  bool ending_ = false;
  bool interrupted_ = false;
  bool stalled_ = false;
  std::optional<std::uint32_t> rest_at_; ///< rounds that the nodes have reported, at rest
  clock::time_point begun_ = clock::now();
  clock::time_point last_progress_ = clock::now();
  std::uint64_t jobs_seen_ = 0;
};

[[nodiscard]] experiment_actor spawn_experiment(caf::actor_system& system, run_spec_ptr spec, outcome_callback ended);

} // namespace rhizome::actors
