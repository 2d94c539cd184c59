#pragma once

#include "actors/connector_actor.hpp"

namespace rhizome::actors {

/// The state of a connector_actor.
class connector_state {
public:
  using handle = connector_actor;
  static inline const char* name = "connector";

  explicit connector_state(self_pointer<handle> self) : self_(self) {}
  void prepare(bool tls) { tls_ = tls; }
  connector_actor::behavior_type make_behavior();

private:
  promise<connected> connect(const connect_to& request);
  void disconnect(const disconnect_from& request);

  self_pointer<handle> self_;
  bool tls_ = false;
};

/// Needs CAF's network layer.
[[nodiscard]] connector_actor spawn_connector(caf::actor_system& system, threading where, bool tls);

} // namespace rhizome::actors
