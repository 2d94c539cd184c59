#pragma once

#include "actors/messages.hpp"
#include "actors/remote_messages.hpp"
#include "core/learning/fragment.hpp"

namespace rhizome::actors {

/// A link to another host works.
struct link_up {
  host_id peer = 0;
};

/// A link to another host does not, and the reason.
struct link_down {
  host_id peer = 0;
  std::string reason;
};

/// A model for a node that comes back, or without a payload the request for one: the receiver's, for the sender.
struct donation {
  learning::fragment fragment;
  node_id receiver = 0;
};

/// One process' part in the run: spawns its nodes, trainers, averager and links, batches their reports, stops them.
using host_actor = protocol<
    /// From the experiment: the other hosts, to be linked with.
    void(meet_hosts),
    /// From the gate: another host wants to be linked. Answered by the own end of the link.
    link_answer(link_offer),
    /// From a link.
    void(link_up),
    /// From a link.
    void(link_down),
    /// From the experiment: every host is ready; start the nodes.
    void(begin_run),
    /// From the topology manager: the nodes' views of a round.
    void(deliver_views),
    /// From the topology manager: nodes are lost or back, perhaps those of this host.
    void(nodes_changed),
    /// From a link: a model for a node here that comes back, or the request for one.
    void(donation),
    /// From the job queue, once: all trainers have made their modules.
    void(trainer_ready),
    /// From the job queue or a node: the run cannot go on.
    void(run_failed),
    /// From a node: it has trained and shared all rounds before this one.
    void(round_reached),
    /// From a node: its metrics of a round.
    void(node_report),
    /// From a node: parameters or loss are no longer finite.
    void(node_diverged),
    /// From a node: its last round is over.
    void(node_finished),
    /// From a link: worth noting.
    void(note_event),
    /// From the averager: the last average model, for the experiment.
    void(average_result),
    /// From the averager, or on the starting machine from the experiment: on its way to the averager there.
    void(model_distances),
    /// From the metric logger: credit.
    void(rounds_stored),
    /// From the experiment when there is no progress: asks all nodes and reports who waits for whom.
    void(ask_status),
    /// From itself: tell the experiment how far the trainers and links are.
    void(look),
    /// From the experiment: stop everything and quit. Answered when the reports that were there are on their way.
    actor_stopped(stop_actor)>;

} // namespace rhizome::actors

RHIZOME_LOCAL_MESSAGE(rhizome::actors::link_up)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::link_down)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::donation)
