#pragma once

#include <deque>
#include <vector>

#include "actors/host_actor.hpp"
#include "actors/job_queue_actor.hpp"
#include "actors/trainer.hpp"

namespace rhizome::actors {

struct job_queue_options {
  host_actor host;
  std::shared_ptr<const learning::model_runtime> models;
  std::shared_ptr<learning::vector_pool> pool;
  trainer_clock_ptr clock;
  std::uint32_t trainers = 1;
  threading where = threading::detached;
  std::shared_ptr<std::atomic<std::uint64_t>> waiting; ///< how many jobs are in the queue, for others to read
};

/// The state of a job_queue_actor: one FIFO, and for each trainer one job running and one waiting, so that no trainer
/// waits for the queue between two jobs.
class job_queue_state {
public:
  using handle = job_queue_actor;
  static inline const char* name = "job_queue";

  explicit job_queue_state(self_pointer<handle> self) : self_(self) {}
  void prepare(job_queue_options options) { options_ = std::move(options); }
  job_queue_actor::behavior_type make_behavior();

private:
  static constexpr std::uint32_t prefetch = 2;

  void spawn_trainers();
  void take(const run_job& request);
  void hand_out();
  void credit(std::uint32_t trainer);
  void stop();

  self_pointer<handle> self_;
  job_queue_options options_;
  std::deque<run_job> jobs_;
  std::vector<trainer_actor> trainers_;
  std::vector<std::uint32_t> credit_; ///< jobs that each trainer may still get
  std::uint32_t modules_ = 0;         ///< trainers that have made theirs
};

[[nodiscard]] job_queue_actor spawn_job_queue(caf::actor_system& system, job_queue_options options);

} // namespace rhizome::actors
