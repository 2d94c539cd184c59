#pragma once

#include "actors/messages.hpp"
#include "actors/remote_messages.hpp"
#include "core/sharing/wire.hpp"

namespace rhizome::actors {

/// A fragment for nodes, or a vector for the averager, of another host: it crosses once, whoever gets it there.
struct send_parcel {
  sharing::parcel parcel;
};

/// The other end of the link is there.
struct link_opened {
  caf::strong_actor_ptr peer;
};

/// The other host is lost: what waits and what is sent is dropped, until link_opened.
struct close_link {};

/// One end of the connection between two hosts. Runs in the thread that reads from the network, never beside training:
/// nothing delays a heartbeat.
using link_actor = protocol<
    /// From a node, the averager or the host.
    void(send_parcel),
    /// From the host.
    void(link_opened),
    /// From the host.
    void(close_link),
    /// From the host: quit.
    void(stop_actor),
    /// From itself: heartbeats and the liveness of the peer.
    void(look),
    /// From the other end: a piece of a parcel, in order.
    void(chunk),
    /// From the other end: bytes that it has taken in.
    void(chunk_credit),
    /// From the other end, when it has nothing else to say.
    void(heartbeat)>;

} // namespace rhizome::actors

RHIZOME_LOCAL_MESSAGE(rhizome::actors::send_parcel)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::link_opened)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::close_link)
