#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "core/learning/fragment.hpp"
#include "core/learning/job.hpp"
#include "core/learning/round_view.hpp"
#include "core/types.hpp"

namespace rhizome::learning {

/// Marks a job or a timer of one learner, so that it knows the answer again.
using token = std::uint64_t;

// -- events: what happens to a learner -----------------------------------------------------------------------------

/// The first event of a learner.
struct started {};

/// The neighbours of `round`. Views arrive in order of rounds, some ahead of need.
struct view_arrived {
  round_number round = 0;
  round_view_ptr view;
};

struct fragment_arrived {
  learning::fragment fragment;
};

/// A job is done.
struct computed {
  token job = 0;
  job_result result;
};

/// A node has been lost, or comes back. Lost: nothing more comes from it, whatever the round, until it is back; what
/// has arrived counts. Back: it takes part from `round` on, and its fragments of earlier rounds will not come. That
/// round is one whose views nobody had at that time, so the event arrives before its view does; views that were made
/// after a loss do not contain the lost node.
struct peer_changed {
  node_id peer = 0;
  bool up = true;
  round_number round = 0; ///< up: the first round in which it takes part again
};

struct timer_fired {
  token timer = 0;
};

/// The run ends early: finish nothing more.
struct stopped {};

using event = std::variant<started, view_arrived, fragment_arrived, computed, peer_changed, timer_fired, stopped>;

// -- effects: what a learner wants done ----------------------------------------------------------------------------

/// Run the job; its result comes back as `computed` with the same token.
struct compute {
  token id = 0;
  learning::job job;
};

struct send {
  learning::fragment fragment;
  std::vector<node_id> receivers;
};

/// "I have reached this round": the topology manager hands out views no further than the run-ahead window from the
/// slowest node.
struct need_round {
  round_number round = 0;
};

struct set_timer {
  token id = 0;
  std::chrono::nanoseconds after{};
};

/// What a node has measured when it has done `rounds` rounds.
struct report {
  std::uint32_t rounds = 0;
  double train_loss = 0; ///< mean over the local steps of the last round
  std::vector<evaluation> evaluations;
  std::uint64_t bytes_sent = 0; ///< since the start of the run, or since the node came back
  snapshot model;               ///< the node's part of the average model; null when that is not due or it has none
};

/// Parameters or loss have become NaN or infinite in `round` (counted from 0).
struct diverged {
  round_number round = 0;
  double loss = 0;
};

/// The last round is over: trained, exchanged and aggregated. A last report may follow, after its evaluation.
struct finished {
  std::uint64_t parameters_hash = 0; ///< xxh3 of the final vector; 0 in an isolated node
};

using effect = std::variant<compute, send, need_round, set_timer, report, diverged, finished>;
using effects = std::vector<effect>;

} // namespace rhizome::learning
