#pragma once

#include <chrono>
#include <string>

#include <caf/actor_control_block.hpp>

#include "actors/messages.hpp"
#include "actors/remote_messages.hpp"

namespace rhizome::actors {

/// Where a gate is, and how long it may take to answer.
struct connect_to {
  std::string endpoint;
  std::chrono::milliseconds patience{5000};
};

struct connected {
  std::string error;          ///< a sentence; empty: here is
  caf::strong_actor_ptr gate; ///< a gate_actor
};

/// An actor on another host that is lost: the connection to its process is of no use any more.
struct disconnect_from {
  caf::strong_actor_ptr who;
};

/// Connects this process to others. One at a time: CAF's own connecting blocks its middleman, so that an address that
/// does not answer is found out by a probe first.
using connector_actor = protocol<
    /// From the experiment or a host.
    connected(connect_to),
    /// From the experiment or a link. The socket is shut down, so that a later connect_to makes a new one: CAF would
    /// keep a connection that has gone silent for ever.
    void(disconnect_from),
    /// From itself: time to try again where a gate has not answered.
    void(look),
    /// From whoever spawned it: quit.
    void(stop_actor)>;

} // namespace rhizome::actors

RHIZOME_LOCAL_MESSAGE(rhizome::actors::connect_to)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::connected)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::disconnect_from)
