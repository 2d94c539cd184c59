#include "actors/connection_guard.hpp"

#include <utility>

namespace rhizome::actors {

bool connection_guard::admit(const std::string& peer_address, std::uint16_t peer_port) {
  const auto connections = accepted_from(make_socket_address(peer_address, peer_port));
  for (const auto& connection : connections)
    visitors_[connection.inode].settled = true;
  return !connections.empty();
}

std::vector<tcp_connection> connection_guard::look(clock::time_point now) {
  std::map<std::uint64_t, visitor> present; // who has gone is forgotten
  std::vector<tcp_connection> refused;
  for (auto& connection : accepted()) {
    const auto known = visitors_.find(connection.inode);
    auto& who = present[connection.inode] = known != visitors_.end() ? known->second : visitor{now};
    if (who.settled || now - who.first_seen < patience_)
      continue;
    who.settled = true;
    if (shut_down(connection))
      refused.push_back(std::move(connection));
  }
  visitors_ = std::move(present);
  return refused;
}

bool connection_guard::drop(const std::string& peer_address, std::uint16_t peer_port) {
  bool found = false;
  for (const auto& connection : accepted_from(make_socket_address(peer_address, peer_port)))
    if (shut_down(connection)) {
      visitors_[connection.inode].settled = true;
      found = true;
    }
  return found;
}

std::vector<tcp_connection> connection_guard::accepted() const {
  auto connections = list_connections();
  std::erase_if(connections, [&](const tcp_connection& c) { return c.local.port != port_; });
  return connections;
}

std::vector<tcp_connection> connection_guard::accepted_from(const socket_address& peer) const {
  auto connections = accepted();
  std::erase_if(connections, [&](const tcp_connection& c) { return c.peer != peer; });
  return connections;
}

} // namespace rhizome::actors
