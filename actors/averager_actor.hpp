#pragma once

#include "actors/messages.hpp"

namespace rhizome::actors {

/// Makes the average model of a round from all nodes' models, in a binary tree over node ids, evaluates it, and
/// measures the consensus distance. Every vector operation is a job of the trainers.
using averager_actor = protocol<
    /// From the host: one node's report; its model, or that it has none.
    void(node_report),
    /// From a trainer.
    void(job_done),
    /// From the host: quit.
    void(stop_actor)>;

} // namespace rhizome::actors
