#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/connector_actor.hpp"
#include "actors/sockets.hpp"
#include "core/network/endpoint.hpp"

namespace rhizome::actors {

/// The state of a connector_actor.
///
/// A connection that CAF has made is no sign that the other process is there: if an earlier connection to the same
/// process exists, CAF closes the new one and goes on with the old, which may have been dead since a cable was pulled.
/// So the gate has to answer before it is handed out, and where it does not, the connection is dropped and made again.
class connector_state {
public:
  using handle = connector_actor;
  static inline const char* name = "connector";

  explicit connector_state(self_pointer<handle> self) : self_(self) {}
  void prepare(bool tls) { tls_ = tls; }
  connector_actor::behavior_type make_behavior();

private:
  using clock = std::chrono::steady_clock;

  struct attempt {
    promise<connected> answer;
    network::endpoint where;
    std::string name; ///< as it was asked for
    clock::time_point deadline;
    socket_address peer = {};                    ///< that accepts connections there
    std::vector<std::uint64_t> connections = {}; ///< to it before, by inodes
  };
  using attempt_ptr = std::shared_ptr<attempt>;

  promise<connected> connect(const connect_to& request);
  void connect(const attempt_ptr& a);
  void check(const attempt_ptr& a, const caf::node_id& node, const caf::strong_actor_ptr& gate);
  void fail(const attempt_ptr& a, const caf::error& e);
  /// CAF does not give up a connection whose handshake is not answered, and has later calls wait for it.
  static void drop_half_open(const attempt& a);
  void disconnect(const disconnect_from& request);
  [[nodiscard]] static std::chrono::milliseconds left_of(const attempt& a);

  self_pointer<handle> self_;
  std::vector<attempt_ptr> again_; ///< whose gates have not answered
  bool tls_ = false;
};

/// Needs CAF's network layer.
[[nodiscard]] connector_actor spawn_connector(caf::actor_system& system, threading where, bool tls);

} // namespace rhizome::actors
