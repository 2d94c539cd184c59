#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "actors/sockets.hpp"

namespace rhizome::actors {

/// CAF 0.17 has no deadline for those who connect: a stranger may open a socket and never speak, never finish the
/// handshake of TLS or BASP, or finish both and never join, and each costs a file descriptor and buffers for good. The
/// guard knows which connections accepted on the listening port belong to peers that have joined, and shuts all others
/// down once they are older than its patience. It only shuts sockets down: CAF owns them, reads the end of the stream
/// and closes them. For one thread.
class connection_guard {
public:
  using clock = std::chrono::steady_clock;

  /// With two looks a second a stranger's socket is shut down about 4 s after its connect: up to half a second until it
  /// is seen, the patience, and up to half a second until the next look. The promise is 5 s.
  static constexpr clock::duration usual_patience = std::chrono::seconds(3);

  explicit connection_guard(std::uint16_t listening_port, clock::duration patience = usual_patience)
      : port_(listening_port), patience_(patience) {}

  /// Takes the connection that this peer has made for one that belongs here, until it ends. False if there is none now:
  /// it has gone, or it comes through something that changes addresses.
  bool admit(const std::string& peer_address, std::uint16_t peer_port);

  /// Shuts down the connections that are not admitted and were first seen `patience` before `now` or earlier, and
  /// returns them, each once. To be called about twice a second.
  std::vector<tcp_connection> look(clock::time_point now);

  /// Shuts the connection of this peer down at once, admitted or not. False if there is none.
  bool drop(const std::string& peer_address, std::uint16_t peer_port);

private:
  struct visitor {
    clock::time_point first_seen;
    bool settled = false; ///< admitted, or already shut down
  };

  /// Connections that were accepted on the listening port.
  [[nodiscard]] std::vector<tcp_connection> accepted() const;
  [[nodiscard]] std::vector<tcp_connection> accepted_from(const socket_address& peer) const;

  std::uint16_t port_;
  clock::duration patience_;
  std::map<std::uint64_t, visitor> visitors_; ///< by inode: the same two addresses may come again as a stranger
};

} // namespace rhizome::actors
