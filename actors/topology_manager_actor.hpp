#pragma once

#include "actors/messages.hpp"

namespace rhizome::actors {

/// Hands out round views, no further than the run-ahead window in front of the slowest node.
using topology_manager_actor = protocol<
    /// From the experiment: every node is there. The first views go out.
    void(begin_run),
    /// From a node: it has trained and shared all rounds before this one.
    void(round_reached),
    /// From the experiment, on an interrupt: no further views. It is told when all nodes rest.
    void(freeze_rounds),
    /// From the experiment: quit.
    void(stop_actor)>;

} // namespace rhizome::actors
