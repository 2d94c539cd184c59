#include "actors/connector.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "actors/caf_network.hpp"
#include "actors/can_connect.hpp"
#include "actors/gate_actor.hpp"

namespace rhizome::actors {

namespace {

/// A gate has nothing else to do than to answer.
constexpr std::chrono::milliseconds gate_answers_within{1500};
/// Until CAF has noticed that a connection is shut down.
constexpr std::chrono::milliseconds again_after{100};
constexpr std::chrono::milliseconds at_least{200};

std::vector<std::uint64_t> connections_to(const socket_address& peer) {
  std::vector<std::uint64_t> inodes;
  for (const auto& connection : list_connections())
    if (connection.peer == peer)
      inodes.push_back(connection.inode);
  return inodes;
}

} // namespace

connector_actor spawn_connector(caf::actor_system& system, threading where, bool tls) {
  return spawn_actor<connector_state>(system, where, [tls](connector_state& state) { state.prepare(tls); });
}

connector_actor::behavior_type connector_state::make_behavior() {
  return {
      [this](const connect_to& request) { return connect(request); },
      [this](const disconnect_from& request) { disconnect(request); },
      [this](const look&) {
        for (const auto& a : std::exchange(again_, {}))
          connect(a);
      },
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
  const auto deadline = clock::now() + request.patience;
  const auto reachable = can_connect(where->host, where->port, request.patience);
  if (!reachable) {
    answer.deliver(connected{reachable.error().message, nullptr});
    return answer;
  }
  connect(std::make_shared<attempt>(
      attempt{answer, *where, request.endpoint, deadline, *reachable, connections_to(*reachable)}));
  return answer;
}

void connector_state::connect(const attempt_ptr& a) {
  self_->request(network_actor(self_->system(), tls_), left_of(*a), connect_order, a->where.host, a->where.port)
      .then([this, a](const caf::node_id& node, const caf::strong_actor_ptr& gate,
                      const std::set<std::string>&) { check(a, node, gate); },
            [this, a](const caf::error& e) {
              drop_half_open(*a);
              fail(a, e);
            });
}

void connector_state::check(const attempt_ptr& a, const caf::node_id& node, const caf::strong_actor_ptr& gate) {
  if (node == self_->system().node()) {
    a->answer.deliver(connected{
        fmt::format("{} has the same identity as this process. Two containers with the same process number do: "
                    "start them with --pid=host, or one of them with another process in front.",
                    a->name),
        nullptr});
    return;
  }
  if (!gate) {
    a->answer.deliver(connected{fmt::format("what listens at {} is not a Rhizome host.", a->name), nullptr});
    return;
  }
  self_->request(caf::actor_cast<gate_actor>(gate), std::min(gate_answers_within, left_of(*a)), greeting{})
      .then(
          [a, gate](const greeting_answer&) {
            a->answer.deliver(connected{{}, gate});
          },
          [this, a, gate](const caf::error& e) {
            disconnect({gate});
            if (clock::now() + again_after >= a->deadline)
              fail(a, e);
            else {
              again_.push_back(a);
              tell_later(self_, again_after, look{});
            }
          });
}

void connector_state::fail(const attempt_ptr& a, const caf::error& e) {
  a->answer.deliver(
      connected{fmt::format("what listens at {} does not answer as a Rhizome host{}: {}.", a->name,
                            tls_ ? " with a certificate of this cluster"
                                 : " without TLS (does it want --tls-ca, --tls-certificate and --tls-key?)",
                            self_->system().render(e)),
                nullptr});
}

void connector_state::drop_half_open(const attempt& a) {
  for (const auto& connection : list_connections())
    if (connection.peer == a.peer && std::ranges::find(a.connections, connection.inode) == a.connections.end())
      shut_down(connection);
}

std::chrono::milliseconds connector_state::left_of(const attempt& a) {
  return std::max(at_least, std::chrono::ceil<std::chrono::milliseconds>(a.deadline - clock::now()));
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
