#pragma once

#include <chrono>
#include <memory>

#include "core/learning/flat_vector.hpp"
#include "core/learning/job.hpp"
#include "core/learning/trainer.hpp"

namespace rhizome::learning {

/// Where a trainer's time went.
struct job_times {
  std::chrono::nanoseconds training{};   ///< forward, backward and optimizer: train, gradient and apply steps
  std::chrono::nanoseconds evaluation{}; ///< evaluate steps
  std::chrono::nanoseconds sharing{};    ///< encoding, decoding and aggregation, with their transforms
  std::chrono::nanoseconds other{};      ///< what is measured: distances and hashes
};

/// Runs jobs on one thread: the only code that touches vectors' entries on behalf of a learner.
class job_runner {
public:
  job_runner(std::unique_ptr<trainer> backend, std::shared_ptr<vector_pool> pool)
      : trainer_(std::move(backend)), pool_(std::move(pool)) {}

  /// Throws what the trainer throws, and std::runtime_error for a payload that cannot be decoded; the job has then had
  /// no effect.
  [[nodiscard]] job_result run(job j);

  /// Since the start.
  [[nodiscard]] const job_times& times() const noexcept { return times_; }

private:
  std::unique_ptr<trainer> trainer_;
  std::shared_ptr<vector_pool> pool_;
  job_times times_;
};

} // namespace rhizome::learning
