#pragma once

#include "actors/messages.hpp"
#include "actors/remote_messages.hpp"

namespace rhizome::actors {

/// A learning node. Its handlers only route and decide, so it answers at once.
using node_actor = protocol<
    /// From its host, once: every other actor is there.
    void(start_node),
    /// From its host, in order of rounds and some ahead of need.
    void(deliver_view),
    /// From another node, directly or through a link; of any round.
    void(deliver_fragment),
    /// From its host: nodes are lost or back.
    void(peers_changed),
    /// From a trainer: the job that the node gave to the queue.
    void(job_done),
    /// From itself: a timer of the learner.
    void(timer_due),
    /// From its host, for a node that comes back: your model?
    node_model(ask_model),
    /// From its host when the run makes no progress: whom are you waiting for?
    node_status(ask_status),
    /// From its host: the run is over. The node quits; messages on their way to it are lost, as they should be.
    void(stop_actor)>;

} // namespace rhizome::actors
