#pragma once

#include <functional>

#include "actors/run_spec.hpp"

namespace rhizome::actors {

/// CAF's configuration as this project needs it: control actors and trainers have threads of their own, so one
/// scheduler thread serves all nodes.
class system_config : public caf::actor_system_config {
public:
  system_config();
};

/// How often the user has asked to stop so far: 0, 1 (at the next round boundary) or more (at once).
using interrupt_count = std::function<unsigned()>;

/// Runs one experiment in this process and blocks until it has ended. Does not throw and does not hang: if the actors
/// do not end in time after a failure or an interrupt, says so in the outcome, and sets `abandoned`; the process must
/// then end by std::_Exit, because threads are still at work.
struct finished_run {
  run_outcome outcome;
  bool told = true; ///< the experiment itself has told the outcome: nobody uses the recorder any more
  bool abandoned = false;
};
[[nodiscard]] finished_run run_experiment(run_spec spec, const interrupt_count& interrupts);

} // namespace rhizome::actors
