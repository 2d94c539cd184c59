#include "actors/connector.hpp"

#include <set>
#include <utility>

#include <fmt/format.h>

#include "actors/caf_network.hpp"
#include "actors/can_connect.hpp"
#include "actors/sockets.hpp"
#include "core/network/endpoint.hpp"

namespace rhizome::actors {

connector_actor spawn_connector(caf::actor_system& system, threading where, bool tls) {
  return spawn_actor<connector_state>(system, where, [tls](connector_state& state) { state.prepare(tls); });
}

connector_actor::behavior_type connector_state::make_behavior() {
  return {
      [this](const connect_to& request) { return connect(request); },
      [this](const disconnect_from& request) { disconnect(request); },
      [this](const stop_actor&) { self_->quit(); },
  };
}

promise<connected> connector_state::connect(const connect_to& request) {
  auto answer = make_promise<connected>(self_);
  const auto where = network::parse_endpoint(request.endpoint);
  if (!where) {
    answer.deliver(connected{where.error().message, nullptr});
    return answer;
  }
  if (const auto reachable = can_connect(where->host, where->port, request.patience); !reachable) {
    answer.deliver(connected{reachable.error().message, nullptr});
    return answer;
  }
  self_->request(network_actor(self_->system(), tls_), request.patience, connect_order, where->host, where->port)
      .then(
          [this, answer, name = request.endpoint](const caf::node_id& node, const caf::strong_actor_ptr& gate,
                                                  const std::set<std::string>&) mutable {
            if (node == self_->system().node())
              answer.deliver(connected{
                  fmt::format(
                      "{} has the same identity as this process. Two containers with the same process number do: "
                      "start them with --pid=host, or one of them with another process in front.",
                      name),
                  nullptr});
            else if (!gate)
              answer.deliver(connected{fmt::format("what listens at {} is not a Rhizome host.", name), nullptr});
            else
              answer.deliver(connected{{}, gate});
          },
          [this, answer, name = request.endpoint](const caf::error& e) mutable {
            answer.deliver(
                connected{fmt::format("what listens at {} does not answer as a Rhizome host{}: {}.", name,
                                      tls_ ? " with a certificate of this cluster"
                                           : " without TLS (does it want --tls-ca, --tls-certificate and --tls-key?)",
                                      self_->system().render(e)),
                          nullptr});
          });
  return answer;
}

void connector_state::disconnect(const disconnect_from& request) {
  if (!request.who || request.who->node() == self_->system().node())
    return;
  self_->request(network_actor(self_->system(), tls_), std::chrono::seconds(1), lookup_order, request.who->node())
      .then(
          [](const caf::node_id&, const std::string& address, std::uint16_t port) {
            const auto peer = make_socket_address(address, port);
            for (const auto& connection : list_connections())
              if (connection.peer == peer)
                shut_down(connection);
          },
          [](const caf::error&) {}); // the connection has gone already
}

} // namespace rhizome::actors
