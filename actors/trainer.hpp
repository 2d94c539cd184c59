#pragma once

#include <memory>
#include <optional>

#include "actors/job_queue_actor.hpp"
#include "actors/trainer_times.hpp"
#include "core/learning/runner.hpp"
#include "core/learning/trainer.hpp"

namespace rhizome::actors {

struct trainer_options {
  std::uint32_t number = 0;
  std::shared_ptr<const learning::model_runtime> models;
  std::shared_ptr<learning::vector_pool> pool;
  job_queue_actor queue;
  trainer_clock_ptr clock;
};

/// The state of a trainer_actor. It makes its module with its first message, in its own thread.
class trainer_state {
public:
  using handle = trainer_actor;
  static inline const char* name = "trainer";

  explicit trainer_state(self_pointer<handle> self) : self_(self) {}
  void prepare(trainer_options options) { options_ = std::move(options); }
  trainer_actor::behavior_type make_behavior();

private:
  /// Makes the module and tells the queue.
  void make_module();
  void run(const run_job& request);
  void publish_times();

  self_pointer<handle> self_;
  trainer_options options_;
  std::optional<learning::job_runner> runner_;
};

[[nodiscard]] trainer_actor spawn_trainer(caf::actor_system& system, threading where, trainer_options options);

} // namespace rhizome::actors
