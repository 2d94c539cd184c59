#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "actors/connection_guard.hpp"
#include "actors/connector_actor.hpp"
#include "actors/gate_actor.hpp"
#include "actors/host.hpp"

namespace rhizome::actors {

/// Builds a run from a resolved configuration, as the starting machine has done: reads the data, makes the model.
using run_builder = std::function<result<run_spec>(const std::string& config)>;

struct gate_options {
  build_identity build;
  run_builder build_run;
  connector_actor connector;
  bool tls = false;
  threading control = threading::detached;     ///< of what builds runs; scheduled in tests
  std::function<void(const std::string&)> log; ///< a line for the user; called from the gate's thread
};

/// The state of a gate_actor.
class gate_state {
public:
  using handle = gate_actor;
  static inline const char* name = "gate";

  explicit gate_state(self_pointer<handle> self) : self_(self) {}
  void prepare(gate_options options) { options_ = std::move(options); }
  gate_actor::behavior_type make_behavior();

private:
  promise<join_answer> join(const join_request& request);
  /// Spawns the host of a run that is built.
  [[nodiscard]] join_answer take_part(const join_request& request, const result<run_spec_ptr>& spec);
  promise<link_answer> link(const link_offer& offer);
  [[nodiscard]] host_figures figures() const;
  /// Whoever has sent the current message may stay.
  void admit_sender();
  void look_at_strangers();

  self_pointer<handle> self_;
  gate_options options_;
  std::optional<connection_guard> guard_;
  std::string run_;              ///< that this process is lent to, or that is being built; empty: none
  std::optional<run_part> part_; ///< in it, once it is built
  host_actor host_;
  experiment_actor experiment_;
  std::uint64_t jobs_before_ = 0; ///< in runs that are over
  std::uint64_t failures_ = 0;
};

[[nodiscard]] gate_actor spawn_gate(caf::actor_system& system, threading where, gate_options options);

} // namespace rhizome::actors
