#pragma once

#include <functional>

#include "actors/run_spec.hpp"

namespace rhizome::actors {

/// How often the user has asked to stop so far: 0, 1 (at the next round boundary) or more (at once).
using interrupt_count = std::function<unsigned()>;

/// Runs one experiment, from this process and on the hosts that are lent to it, and blocks until it has ended. Does not
/// throw and does not hang: if the actors do not end in time after a failure or an interrupt, says so in the outcome
/// and in `ending`.
struct finished_run {
  /// What may still be at work when the run has ended.
  enum class ending : std::uint8_t {
    complete,  ///< nothing
    abandoned, ///< everything is stored, but a thread does not end: the process must end by std::_Exit
    untold, ///< and the experiment has not told its outcome: nothing that it uses may be touched, not even the recorder
  };
  run_outcome outcome;
  ending left = ending::complete;
};
[[nodiscard]] finished_run run_experiment(run_spec spec, const interrupt_count& interrupts);

} // namespace rhizome::actors
