#pragma once

#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "actors/averager_actor.hpp"
#include "actors/job_queue_actor.hpp"
#include "actors/metric_logger_actor.hpp"
#include "actors/run_spec.hpp"
#include "core/learning/job_builder.hpp"
#include "core/learning/tree.hpp"

namespace rhizome::actors {

/// Whoever wants the last average model.
using average_client_actor = protocol<void(average_result), void(run_failed)>;

struct averager_options {
  average_client_actor host;
  metric_logger_actor logger;
  job_queue_actor jobs;
  std::shared_ptr<const learning::run_context> context;
};

/// The state of an averager_actor. For each round: sum the models in a tree as they come, scale and evaluate the
/// average, then measure each model's distance to it. Distances travel one by one and are summed in order of node id.
class averager_state {
public:
  using handle = averager_actor;
  static inline const char* name = "averager";

  explicit averager_state(self_pointer<handle> self) : self_(self) {}
  void prepare(averager_options options) { options_ = std::move(options); }
  averager_actor::behavior_type make_behavior();

private:
  using continuation = std::function<void(learning::job_result&)>;

  struct open_average {
    explicit open_average(std::uint32_t nodes) : sum(nodes) {}
    learning::tree_sum<learning::snapshot> sum;
    std::vector<std::pair<node_id, learning::snapshot>> models; ///< kept for the distances
    std::uint32_t count = 0;                                    ///< nodes that have a model
    std::map<node_id, double> distances;
    average_result result;
  };

  void take(const node_report& part);
  /// Puts a leaf or a partial sum into the tree and starts what has become possible.
  void put(std::uint32_t rounds, std::uint32_t level, node_id first, const learning::snapshot& item);
  void finish_average(std::uint32_t rounds);
  void measure_distances(std::uint32_t rounds);
  void answer(std::uint32_t rounds);
  void run(learning::job job, continuation then);

  self_pointer<handle> self_;
  averager_options options_;
  std::map<std::uint32_t, open_average> open_;
  std::map<learning::token, continuation> running_;
  learning::token next_token_ = 0;
};

[[nodiscard]] averager_actor spawn_averager(caf::actor_system& system, averager_options options);

} // namespace rhizome::actors
