#pragma once

#include "actors/messages.hpp"
#include "actors/remote_messages.hpp"
#include "core/learning/fragment.hpp"

namespace rhizome::actors {

/// What the averagers of two hosts send each other through their link: a partial sum or the average model.
struct averager_parcel {
  learning::fragment fragment;
};

/// Makes the average model of a round from all nodes' models, in a binary tree over node ids, evaluates it, and
/// measures the consensus distance. Every vector operation is a job of the trainers. Each host sums the subtrees whose
/// nodes are all there; the starting machine's averager sums the rest.
using averager_actor = protocol<
    /// From the host: one node's report; its model, or that it has none.
    void(node_report),
    /// From another host's averager, through the link.
    void(averager_parcel),
    /// From another host's averager, by way of the experiment.
    void(model_distances),
    /// From the host: nodes are lost or back.
    void(nodes_changed),
    /// From a trainer.
    void(job_done),
    /// From the host: quit.
    void(stop_actor)>;

} // namespace rhizome::actors

RHIZOME_LOCAL_MESSAGE(rhizome::actors::averager_parcel)
