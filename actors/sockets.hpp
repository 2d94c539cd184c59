#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rhizome::actors {

// What CAF does not tell about its own sockets, asked of the kernel. Linux, no CAF.

/// One end of a TCP connection. An IPv4 address inside IPv6 ("::ffff:10.0.0.1") is written as IPv4.
struct socket_address {
  std::string address; ///< numeric: "10.0.0.1", "fe80::1"
  std::uint16_t port = 0;

  auto operator<=>(const socket_address&) const = default;
};

/// "10.0.0.1:4711", "[fe80::1]:4711"
[[nodiscard]] std::string to_string(const socket_address& address);

/// The address as the kernel's names for a socket's ends are written here.
[[nodiscard]] socket_address make_socket_address(const std::string& address, std::uint16_t port);

/// A connected TCP socket of this process, as it was at one moment. Bytes are those of the stream (under TLS the
/// encrypted ones), without headers of TCP and IP.
struct tcp_connection {
  int fd = -1; ///< somebody else's: never close it
  /// What names a socket: file descriptors are reused, and so are pairs of addresses.
  std::uint64_t inode = 0;
  socket_address local;
  socket_address peer;
  std::uint64_t bytes_sent = 0; ///< handed to the network at least once; retransmissions count once
  std::uint64_t bytes_acked = 0;
  std::uint64_t bytes_received = 0;
};

/// The other end of a connected socket; none if it is not connected.
[[nodiscard]] std::optional<socket_address> peer_of(int fd);

/// All connected TCP sockets of this process, in order of their file descriptors. Sockets that open or close meanwhile
/// may be missing.
[[nodiscard]] std::vector<tcp_connection> list_connections();

/// Shuts both directions of a connection down, if its file descriptor still is that socket: its owner then reads the
/// end of the stream and closes it. False if the connection has gone.
bool shut_down(const tcp_connection& connection);

} // namespace rhizome::actors
