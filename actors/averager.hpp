#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "actors/averager_actor.hpp"
#include "actors/job_queue_actor.hpp"
#include "actors/metric_logger_actor.hpp"
#include "actors/routes.hpp"
#include "actors/run_spec.hpp"
#include "core/learning/job_builder.hpp"
#include "core/learning/tree.hpp"

namespace rhizome::actors {

/// The host, which wants the last average model and sends distances on to the averager of the starting machine.
using average_client_actor = protocol<void(average_result), void(model_distances), void(run_failed)>;

struct averager_options {
  average_client_actor host;
  metric_logger_actor logger;
  job_queue_actor jobs;
  std::shared_ptr<const learning::run_context> context;
  routes_ptr where;
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

  /// The sum of some models, made or still to be made of two others.
  struct partial {
    learning::snapshot sum;  ///< null: not made
    std::uint32_t count = 0; ///< models in it
    std::size_t reads = 1;   ///< vectors that making it reads
    std::shared_ptr<const std::pair<partial, partial>> terms = nullptr;
  };
  using place = std::pair<std::uint32_t, node_id>; ///< of a sum in the tree: level and first node

  struct open_average {
    explicit open_average(learning::tree_sum<partial> tree) : sum(std::move(tree)) {}
    learning::tree_sum<partial> sum;
    std::vector<std::pair<node_id, learning::snapshot>> models; ///< of this host's nodes, kept for the distances
    std::set<place> pieces;          ///< sums that have come from other hosts; elsewhere those that were sent
    std::set<host_id> distances_due; ///< hosts whose distances have not come
    std::map<node_id, double> distances;
    average_result result;
  };

  [[nodiscard]] bool is_root() const { return options_.where->self == 0; }
  open_average& open(std::uint32_t rounds);
  void take(const node_report& part);
  void take(const averager_parcel& parcel);
  void take(const model_distances& part);
  void take(const nodes_changed& change);
  /// A lost host adds nothing to the average of these rounds.
  void leave_out(host_id host, std::uint32_t rounds);
  /// Puts a leaf or a partial sum into the tree and starts what has become possible.
  void put(std::uint32_t rounds, std::uint32_t level, node_id first, std::optional<partial> item);
  /// Does the additions into the tree that a leaf or a partial sum makes possible, several in one job: each alone would
  /// read two vectors and write one.
  void add_up(std::uint32_t rounds, std::uint32_t level, node_id first, std::optional<partial> item);
  /// The register that holds the sum when the job has added it up.
  [[nodiscard]] static learning::slot add_to(learning::job_builder& job, const partial& sum);
  /// Calls `then` with the sum, made.
  void make(std::uint32_t rounds, node_id first, const partial& sum, std::function<void(partial)> then);
  void send_to_root(std::uint32_t rounds, std::uint32_t level, node_id first, const std::optional<partial>& item);
  void finish_average(std::uint32_t rounds);
  /// The average is there: to the other hosts, and to the own models.
  void spread(std::uint32_t rounds);
  void measure_distances(std::uint32_t rounds, const learning::snapshot& mean);
  void answer_if_complete(std::uint32_t rounds);
  void answer(std::uint32_t rounds);
  void run(learning::job job, continuation then);

  self_pointer<handle> self_;
  averager_options options_;
  std::vector<std::uint32_t> takes_part_after_; ///< [hosts] rounds done when it joined; the largest number: it is lost
  std::map<std::uint32_t, open_average> open_;
  std::map<learning::token, continuation> running_;
  learning::token next_token_ = 0;
};

[[nodiscard]] averager_actor spawn_averager(caf::actor_system& system, averager_options options);

} // namespace rhizome::actors
