#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "actors/experiment_actor.hpp"
#include "actors/metric_logger_actor.hpp"
#include "actors/run_spec.hpp"

namespace rhizome::actors {

struct metric_logger_options {
  experiment_actor experiment;
  std::shared_ptr<const learning::run_context> context;
  std::shared_ptr<run_recorder> recorder;
};

/// The state of a metric_logger_actor. A round is complete when every node that takes part has reported it, and the
/// averager too where an average is due; complete rounds are stored in order.
class metric_logger_state {
public:
  using handle = metric_logger_actor;
  static inline const char* name = "metric_logger";

  explicit metric_logger_state(self_pointer<handle> self) : self_(self) {}
  void prepare(metric_logger_options options) { options_ = std::move(options); }
  metric_logger_actor::behavior_type make_behavior();

private:
  using clock = std::chrono::steady_clock;

  struct open_round {
    std::vector<std::optional<learning::report>> reports; ///< [nodes]; empty for nodes that were lost
    std::uint32_t missing = 0;
    std::vector<reporter_actor> reporters; ///< get their credit back when the round is stored
    std::optional<average_result> average;
  };

  open_round& round(std::uint32_t rounds);
  void take(const round_reports& batch);
  void take(const nodes_changed& change);
  void store_complete_rounds();
  void store(std::uint32_t rounds, const open_round& complete);
  void note(const note_event& event);
  /// Says once that the store does not work any more: the run ends.
  void fail(const error& e);
  [[nodiscard]] double seconds() const;

  self_pointer<handle> self_;
  metric_logger_options options_;
  clock::time_point start_ = clock::now();
  std::map<std::uint32_t, open_round> open_;
  std::uint32_t stored_ = 0;                     ///< rounds that are in the store
  std::vector<std::uint32_t> takes_part_after_;  ///< [nodes] rounds done when it joined; the largest number: it is lost
  std::vector<std::uint64_t> bytes_;             ///< [nodes] sent until its last report
  std::vector<std::uint64_t> bytes_before_loss_; ///< [nodes]
  std::string failure_;
};

[[nodiscard]] metric_logger_actor spawn_metric_logger(caf::actor_system& system, threading where,
                                                      metric_logger_options options);

} // namespace rhizome::actors
