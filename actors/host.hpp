#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/averager.hpp"
#include "actors/experiment_actor.hpp"
#include "actors/host_actor.hpp"
#include "actors/job_queue.hpp"
#include "actors/metric_logger_actor.hpp"
#include "actors/node.hpp"
#include "actors/run_spec.hpp"

namespace rhizome::actors {

struct host_options {
  run_spec_ptr spec;
  experiment_actor experiment;
  metric_logger_actor logger;
  topology_manager_actor topology;
  std::vector<node_id> placed;                    ///< the nodes that run here, sorted
  std::shared_ptr<std::vector<node_actor>> nodes; ///< id -> handle: the host fills in its own
};

/// The state of a host_actor.
class host_state {
public:
  using handle = host_actor;
  static inline const char* name = "host";

  explicit host_state(self_pointer<handle> self) : self_(self) {}
  void prepare(host_options options) { options_ = std::move(options); }
  host_actor::behavior_type make_behavior();

private:
  using clock = std::chrono::steady_clock;

  void spawn_parts();
  void spawn_nodes();
  void begin_rounds();
  void take(const node_report& message);
  void take(const node_diverged& message);
  void take(const node_finished& message);
  /// Sends batches to the logger as far as there is credit, or all of them.
  void send_batches(bool regardless_of_credit);
  void ask_nodes();
  void report_stall();
  void stop();

  self_pointer<handle> self_;
  host_options options_;
  trainer_clock_ptr clock_;
  job_queue_actor jobs_;
  averager_actor averager_;
  clock::time_point begun_;
  std::map<std::uint32_t, std::vector<node_report>> open_;    ///< rounds done -> reports so far
  std::map<std::uint32_t, std::vector<node_report>> batches_; ///< complete, not sent
  std::uint32_t credit_ = 8;
  std::size_t finished_ = 0;
  std::size_t answers_missing_ = 0;
  std::vector<node_status> answers_;
};

[[nodiscard]] host_actor spawn_host(caf::actor_system& system, host_options options);

/// One sentence that names who waits for whom; for at most a few nodes, and how many there are.
[[nodiscard]] std::string describe_stall(std::vector<node_status> nodes);

} // namespace rhizome::actors
