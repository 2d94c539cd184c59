#pragma once

#include "actors/messages.hpp"
#include "actors/remote_messages.hpp"

namespace rhizome::actors {

/// Whoever hands in reports.
using reporter_actor = protocol<
    /// From the metric logger: credit for one more batch.
    void(rounds_stored)>;

/// Owns the store: what it has acknowledged survives a crash. Writes rounds in order, then shows them.
using metric_logger_actor = protocol<
    /// From the experiment: the first round begins now.
    void(begin_run),
    /// From a host: acknowledged by rounds_stored when the round is in the store.
    void(round_reports),
    /// From the averager: the average model of one round.
    void(average_result),
    /// From the topology manager: nodes are lost, and not waited for any more, or back.
    void(nodes_changed),
    /// From the experiment: a line for the events table.
    void(note_event),
    /// From the experiment: write what is complete and quit. Answered when it is on disk.
    actor_stopped(stop_actor)>;

} // namespace rhizome::actors
