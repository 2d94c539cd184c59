#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace rhizome::actors {

/// Where one trainer's time went, for others to read at any moment.
struct trainer_times {
  std::atomic<std::int64_t> training{0};         ///< ns in train and gradient steps
  std::atomic<std::int64_t> evaluation{0};       ///< ns in evaluate steps
  std::atomic<std::int64_t> sharing{0};          ///< ns in encoding, decoding and aggregation
  std::atomic<std::int64_t> evaluating_since{0}; ///< ns on the steady clock; 0: no pure evaluation job is running
};

/// The times of all trainers of one process.
class trainer_clock {
public:
  /// `jobs_done` counts the finished jobs of all trainers.
  trainer_clock(std::size_t trainers, std::shared_ptr<std::atomic<std::uint64_t>> jobs_done)
      : times_(trainers), jobs_done_(std::move(jobs_done)) {}

  void job_done() { ++*jobs_done_; }

  [[nodiscard]] trainer_times& operator[](std::size_t trainer) { return times_[trainer]; }

  struct sums {
    std::chrono::nanoseconds training{};
    std::chrono::nanoseconds evaluation{};
    std::chrono::nanoseconds sharing{};
  };
  /// Of all trainers until now, with the evaluation jobs that are running.
  [[nodiscard]] sums read() const {
    sums result;
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    for (const auto& t : times_) {
      result.training += std::chrono::nanoseconds(t.training.load());
      result.evaluation += std::chrono::nanoseconds(t.evaluation.load());
      result.sharing += std::chrono::nanoseconds(t.sharing.load());
      if (const auto since = t.evaluating_since.load(); since != 0)
        result.evaluation += now - std::chrono::nanoseconds(since);
    }
    return result;
  }

private:
  std::vector<trainer_times> times_;
  std::shared_ptr<std::atomic<std::uint64_t>> jobs_done_;
};
using trainer_clock_ptr = std::shared_ptr<trainer_clock>;

} // namespace rhizome::actors
