#pragma once

#include "actors/messages.hpp"
#include "actors/remote_messages.hpp"

namespace rhizome::actors {

/// The run that a process was lent to is over for it, and why.
struct host_gone {
  std::string reason;
};

/// The gate is published at this port: strangers there are shut out.
struct guard_port {
  std::uint16_t port = 0;
};

/// What a lent process publishes: the only actor that others reach by its address. It spawns hosts of runs, one at a
/// time, and nothing else.
using gate_actor = protocol<
    /// From anybody admitted: what are you?
    greeting_answer(greeting),
    /// From the experiment of a run: take part.
    join_answer(join_request),
    /// From another host of the same run.
    link_answer(link_offer),
    /// From `rhizome hosts` and the metrics server.
    host_figures(ask_figures),
    /// From the own host: the run is over.
    void(host_gone),
    /// From whoever has published it, once.
    void(guard_port),
    /// From itself: a look at connections that nobody answers for.
    void(look),
    /// From whoever has spawned it: end the part in the run, if there is one, and quit.
    void(stop_actor)>;

} // namespace rhizome::actors

RHIZOME_LOCAL_MESSAGE(rhizome::actors::host_gone)
RHIZOME_LOCAL_MESSAGE(rhizome::actors::guard_port)
