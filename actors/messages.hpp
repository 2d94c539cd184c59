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

/// Messages between the actors of one process. Vectors and jobs travel by reference. What crosses machines is in
/// actors/remote_messages.hpp.
namespace rhizome::actors {

// -- to a node -------------------------------------------------------------------------------------------------------

/// Begin, with this model, in that round. What came before is kept until then.
struct start_node {
  learning::snapshot initial;
  round_number first_round = 0;
};

/// The node's neighbours in one round.
struct deliver_view {
  round_number round = 0;
  learning::round_view_ptr view;
};

/// A fragment from another node.
struct deliver_fragment {
  learning::fragment fragment;
};

/// Nodes have left, or take part again from a round on.
struct peers_changed {
  std::shared_ptr<const std::vector<node_id>> peers;
  bool up = true;
  round_number round = 0;
};

/// A timer that the learner has set is due.
struct timer_due {
  learning::token timer = 0;
};

/// What is your model? Answered as soon as no job holds it.
struct ask_model {};

struct node_model {
  learning::snapshot model; ///< null: the node has none, and will not have one
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
  double mae = 0;
  double distance = 0;      ///< consensus distance: (1/n) sum_i ||x_i - mean||^2
  learning::snapshot model; ///< only after the last round
};

// -- the run ---------------------------------------------------------------------------------------------------------

/// Every node has trained and shared so many rounds.
struct rounds_passed {
  std::uint32_t rounds = 0;
};

/// The user has asked to stop (SIGINT).
struct interrupt_run {};

/// No further round views: the nodes come to rest at a round boundary.
struct freeze_rounds {};

/// All nodes have come to rest after freeze_rounds; they have reported `rounds` rounds.
struct rounds_at_rest {
  std::uint32_t rounds = 0;
};

/// A periodic look at progress and deadlines.
struct look {};

} // namespace rhizome::actors

RHIZOME_LOCAL_MESSAGE(rhizome::actors::start_node)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::deliver_view)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::deliver_fragment)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::peers_changed)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::timer_due)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::ask_model)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::node_model)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::job_done)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::trainer_ready)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::trainer_failed)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::round_reached)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::node_diverged)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::node_finished)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::average_result)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::rounds_passed)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::interrupt_run)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::freeze_rounds)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::rounds_at_rest)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::look)
