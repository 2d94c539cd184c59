#pragma once

#include <caf/actor_control_block.hpp>

#include "actors/messages.hpp"
#include "actors/remote_messages.hpp"

namespace rhizome::actors {

/// A host takes part: from the beginning, or again after it was lost.
struct host_joined {
  host_id host = 0;
  caf::strong_actor_ptr handle; ///< a host_actor
};

/// A host is lost, and its nodes with it.
struct host_lost {
  host_id host = 0;
};

/// Hands out round views, no further than the run-ahead window in front of the slowest node, and decides from which
/// round on nodes are gone or back.
using topology_manager_actor = protocol<
    /// From the experiment: a host to hand views to.
    void(host_joined),
    /// From the experiment: the nodes of a host are gone; the others' graph is repaired.
    void(host_lost),
    /// From the experiment: every host is ready. The first views go out.
    void(begin_run),
    /// From a host: its nodes have trained and shared all rounds before this one.
    void(host_reached),
    /// From the experiment, on an interrupt: no further views. It is told when all nodes rest.
    void(freeze_rounds),
    /// From the experiment: quit.
    void(stop_actor)>;

} // namespace rhizome::actors

RHIZOME_LOCAL_MESSAGE(rhizome::actors::host_joined)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::host_lost)
