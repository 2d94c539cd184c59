#pragma once

#include "actors/messages.hpp"

namespace rhizome::actors {

/// One process' part in the run: spawns its nodes, trainers and averager, batches their reports, stops them.
using host_actor = protocol<
    /// From the experiment: every host is ready; start the nodes.
    void(begin_run),
    /// From the job queue, once: all trainers have made their modules.
    void(trainer_ready),
    /// From the job queue or a node: the run cannot go on.
    void(run_failed),
    /// From a node: its metrics of a round.
    void(node_report),
    /// From a node: parameters or loss are no longer finite.
    void(node_diverged),
    /// From a node: its last round is over.
    void(node_finished),
    /// From the averager: the last average model, for the experiment.
    void(average_result),
    /// From the metric logger: credit.
    void(rounds_stored),
    /// From the experiment when there is no progress: asks all nodes and reports who waits for whom.
    void(ask_status),
    /// From the experiment: stop everything and quit. Answered when the reports that were there are on their way.
    actor_stopped(stop_actor)>;

} // namespace rhizome::actors
