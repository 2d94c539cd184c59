#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/caf_compat.hpp"
#include "core/learning/events.hpp"
#include "core/learning/learner.hpp"
#include "core/types.hpp"

/// Messages between the actors of one process. Vectors and jobs travel by reference.
namespace rhizome::actors {

// -- to a node -------------------------------------------------------------------------------------------------------

/// Every actor of the run is there: begin.
struct start_node {};

/// The node's neighbours in one round.
struct deliver_view {
  round_number round = 0;
  learning::round_view_ptr view;
};

/// A fragment from another node.
struct deliver_fragment {
  learning::fragment fragment;
};

/// A timer that the learner has set is due.
struct timer_due {
  learning::token timer = 0;
};

/// What are you waiting for? Answered by a node_status.
struct ask_status {};

struct node_status {
  node_id node = 0;
  learning::waiting waiting;
};

// -- jobs ------------------------------------------------------------------------------------------------------------

/// A job is done, or has failed with a sentence; goes to whoever gave it to the queue.
struct job_done {
  learning::token token = 0;
  std::shared_ptr<learning::job_result> result; ///< null: failed
  std::string error;
};

/// A trainer can take one more job.
struct trainer_ready {
  std::uint32_t trainer = 0;
};

/// A trainer could not be made: the run cannot begin.
struct trainer_failed {
  std::string error;
};

// -- rounds and results ----------------------------------------------------------------------------------------------

/// A node has trained and shared every round before `round`.
struct round_reached {
  node_id node = 0;
  round_number round = 0;
};

struct node_report {
  node_id node = 0;
  learning::report report;
};

struct node_diverged {
  node_id node = 0;
  learning::diverged diverged;
};

struct node_finished {
  node_id node = 0;
  std::uint64_t parameters_hash = 0;
};

/// The average model after `rounds` rounds; what was not asked for is NaN.
struct average_result {
  std::uint32_t rounds = 0;
  double loss = 0;
  double accuracy = 0;
  double distance = 0;      ///< consensus distance: (1/n) sum_i ||x_i - mean||^2
  learning::snapshot model; ///< only after the last round
};

/// Rounds whose metrics are in the store for good: gives the sender credit for more.
struct rounds_stored {
  std::uint32_t rounds = 0;
};

// -- the run ---------------------------------------------------------------------------------------------------------

/// A host has all of its actors and its trainers' modules.
struct host_ready {};

/// Every host is ready: start the nodes.
struct begin_run {};

/// The nodes of a host have all finished their last round; before its evaluation. Times are since begin_run.
struct rounds_over {
  std::chrono::nanoseconds wall{};
  std::chrono::nanoseconds training{};   ///< thread time of all trainers in train and gradient steps
  std::chrono::nanoseconds evaluation{}; ///< and in evaluate steps
  std::uint32_t trainers = 0;
};

/// Every node has trained and shared so many rounds.
struct rounds_passed {
  std::uint32_t rounds = 0;
};

/// Something has gone wrong for good: the run ends with this sentence.
struct run_failed {
  std::string error;
};

/// Who waits for whom, when there is no progress.
struct stall_report {
  std::string who_waits;
};

/// Something worth a line in the log and in the events table.
struct note_event {
  std::string kind;
  std::string text;
};

/// The user has asked to stop (SIGINT).
struct interrupt_run {};

/// No further round views: the nodes come to rest at a round boundary.
struct freeze_rounds {};

/// All nodes have come to rest after freeze_rounds; they have reported `rounds` rounds.
struct rounds_at_rest {
  std::uint32_t rounds = 0;
};

/// End now: from the experiment to its parts and from a host to its nodes.
struct stop_actor {};

/// Everything that was sent before is done; the answer to stop_actor where one is awaited.
struct actor_stopped {
  std::string error; ///< empty: in order
};

/// A periodic look at the run's progress.
struct look {};

} // namespace rhizome::actors

RHIZOME_LOCAL_MESSAGE(rhizome::actors::start_node)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::deliver_view)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::deliver_fragment)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::timer_due)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::ask_status)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::node_status)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::job_done)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::trainer_ready)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::trainer_failed)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::round_reached)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::node_report)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::node_diverged)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::node_finished)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::average_result)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::rounds_stored)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::host_ready)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::begin_run)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::rounds_over)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::rounds_passed)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::run_failed)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::stall_report)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::note_event)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::interrupt_run)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::freeze_rounds)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::rounds_at_rest)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::stop_actor)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::actor_stopped)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::look)
