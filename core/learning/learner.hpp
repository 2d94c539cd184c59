#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/learning/events.hpp"

namespace rhizome::learning {

/// A learner's or strategy's state by name: what a checkpoint holds.
struct state {
  std::map<std::string, snapshot> arrays;
  std::map<std::string, double> scalars;
  std::map<std::string, std::uint64_t> counters;
};

/// What a learner cannot go on without, for the message when a run stalls.
struct waiting {
  round_number round = 0;
  std::string what; ///< such as "models of round 3"; empty: it is not waiting for other nodes
  std::vector<node_id> nodes;
};

/// One node's part in an algorithm: a state machine without I/O, clock or threads, which never touches a vector's
/// entries itself. The same learner runs in one process, over many machines and under a virtual clock.
class learner {
public:
  virtual ~learner() = default;

  /// What follows from `e`, in order. `now` never goes back.
  [[nodiscard]] effects handle(event e, run_time now);

  [[nodiscard]] virtual waiting waiting_for() const = 0;

  /// The node's current model, from which a neighbour that comes back can start. Null if there is none at this moment:
  /// a job of the node holds it, the node is isolated, or the algorithm cannot lose nodes.
  [[nodiscard]] virtual snapshot model_at_rest() const { return nullptr; }

  /// State at a round boundary; `load` takes it up before `started`.
  [[nodiscard]] virtual state save() const = 0;
  virtual void load(const state& saved) = 0;

protected:
  virtual void on_start(effects& out) = 0;
  virtual void on_view(round_number round, round_view_ptr view, effects& out) = 0;
  virtual void on_fragment(fragment f, effects& out) = 0;
  virtual void on_computed(token job, job_result result, effects& out) = 0;
  virtual void on_peer_changed(const peer_changed& change, effects& out);
  virtual void on_timer(token timer, effects& out);

  /// Sends and counts the bytes; no receivers, no effect.
  void send_to(fragment f, std::vector<node_id> receivers, effects& out);

  /// Counts bytes that no fragment carries.
  void count_bytes(std::uint64_t bytes) noexcept { bytes_sent_ += bytes; }

  [[nodiscard]] run_time now() const noexcept { return now_; }
  [[nodiscard]] std::uint64_t bytes_sent() const noexcept { return bytes_sent_; }
  void restore_bytes_sent(std::uint64_t bytes) noexcept { bytes_sent_ = bytes; }

private:
  run_time now_{};
  std::uint64_t bytes_sent_ = 0;
  bool stopped_ = false;
};

} // namespace rhizome::learning
