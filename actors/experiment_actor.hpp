#pragma once

#include "actors/messages.hpp"
#include "actors/remote_messages.hpp"

namespace rhizome::actors {

/// The run: starts its parts behind a barrier, watches progress, and ends it, in order or on a failure.
using experiment_actor = protocol<
    /// From a host: its actors, modules and links are there.
    void(host_ready),
    /// From a host: all its nodes have finished their last round.
    void(rounds_over),
    /// From the topology manager: all nodes have trained and shared so many rounds.
    void(rounds_passed),
    /// From the topology manager: nodes are gone or back.
    void(nodes_changed),
    /// From the starting machine's host: the average model of the last round.
    void(average_result),
    /// From a lent host: for the averager of the starting machine.
    void(model_distances),
    /// From the metric logger: rounds that are in the store.
    void(rounds_stored),
    /// From a lent host: its trainers work.
    void(host_progress),
    /// From a host: its link to another one is lost.
    void(peer_lost),
    /// From any part: the run cannot go on.
    void(run_failed),
    /// From a host, asked for it: who waits for whom.
    void(stall_report),
    /// From a host: worth noting; the run goes on.
    void(note_event),
    /// From outside, on SIGINT: end at the next round boundary and keep the results; the second time at once.
    void(interrupt_run),
    /// From the topology manager, after freeze_rounds.
    void(rounds_at_rest),
    /// From itself: a look at progress and deadlines.
    void(look)>;

} // namespace rhizome::actors
