#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "actors/caf_compat.hpp"
#include "actors/cluster_spec.hpp"
#include "core/learning/algorithm.hpp"
#include "core/learning/node_context.hpp"
#include "core/learning/trainer.hpp"
#include "core/result.hpp"
#include "core/results/records.hpp"

namespace rhizome::actors {

/// Where metrics go. The metric logger alone calls it, from one thread.
class run_recorder {
public:
  virtual ~run_recorder() = default;

  /// Stores one round with its evaluated nodes' records; then shows it. What has returned survives a crash.
  [[nodiscard]] virtual result<void> record(const results::round_record& round,
                                            std::vector<results::node_record> nodes) = 0;
  [[nodiscard]] virtual result<void> record(const results::event_record& event) = 0;
};

/// The views of all nodes in one round, null for those that are absent: a pure function of both.
using view_source =
    std::function<result<std::vector<learning::round_view_ptr>>(round_number, const std::set<node_id>& absent)>;

/// All that a run is made of, validated and built: what the experiment actor starts from.
struct run_spec {
  std::shared_ptr<const learning::run_context> context;
  const learning::algorithm* algorithm = nullptr;
  config::section algorithm_parameters;
  std::shared_ptr<const learning::model_runtime> models;
  std::vector<std::uint32_t> local_steps; ///< [nodes] of one round; 0 for nodes without data
  std::vector<std::uint32_t> roles;       ///< [nodes] indices into algorithm->roles()
  view_source views;
  std::shared_ptr<run_recorder> recorder;
  bool shared_initial = true;    ///< every node starts from node 0's initial vector
  bool sends_own_models = false; ///< what a node sends is its vector, in memory until the last neighbour has read it
  /// Jobs that all trainers have finished: a run in which it stands still has stalled.
  std::shared_ptr<std::atomic<std::uint64_t>> jobs_done = std::make_shared<std::atomic<std::uint64_t>>(0);
  std::uint32_t threads = 1; ///< trainers
  std::uint32_t run_ahead = 2;
  std::chrono::milliseconds stall_timeout{300'000};
  std::chrono::milliseconds grace{10'000};
  cluster_spec cluster;
  threading control = threading::detached; ///< of control actors and trainers; scheduled in tests
};
using run_spec_ptr = std::shared_ptr<const run_spec>;

/// How a run ended.
enum class run_status : std::uint8_t {
  done,
  failed,
  interrupted,
};

struct run_outcome {
  run_status status = run_status::failed;
  std::string message = {};          ///< failed, interrupted: a sentence
  std::uint32_t rounds = 0;          ///< stored rounds
  std::uint64_t parameters_hash = 0; ///< xxh3 of the nodes' xxh3 hashes in node order; 0 unless done
  learning::snapshot average = {};   ///< the average model; null unless done
  double seconds_rounds = 0;         ///< from the first round's start to the end of the last node's last round
  double seconds_first_round = 0;
  double overhead = results::not_measured;
  double seconds_evaluation = 0; ///< thread seconds within those
  double seconds_sharing = 0;    ///< and in encoding, decoding and aggregation
  std::uint64_t bytes_wire = 0;  ///< that all links between hosts have sent
};

} // namespace rhizome::actors
