#pragma once

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <netinet/in.h>
#include <sys/socket.h>

#include "tests/support/process.hpp"

namespace rhizome::tests {

// Real sockets on the loopback interface. Whatever fails throws std::system_error; reads end after 20 s.

inline void must(bool good, const char* what) {
  if (!good)
    throw std::system_error(errno, std::generic_category(), what);
}

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// A TCP socket bound to 127.0.0.1; port 0 lets the system choose one.
inline descriptor bound_socket(std::uint16_t port = 0) {
  descriptor made(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  must(made.is_open(), "socket");
  const int yes = 1;
  setsockopt(made.number(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const timeval limit{.tv_sec = 20, .tv_usec = 0};
  setsockopt(made.number(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  const auto address = loopback(port);
  must(bind(made.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "bind");
  return made;
}

inline std::uint16_t port_of(const descriptor& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  must(getsockname(socket.number(), reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
  return ntohs(address.sin_port);
}

inline descriptor listening_socket(int backlog = 16) {
  auto made = bound_socket();
  must(listen(made.number(), backlog) == 0, "listen");
  return made;
}

/// Connects from that port, or from any.
inline descriptor connected_socket(std::uint16_t to, std::uint16_t from = 0) {
  auto made = bound_socket(from);
  const auto address = loopback(to);
  must(connect(made.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "connect");
  return made;
}

/// Both ends of a connection to a listening socket.
struct connection {
  descriptor client;
  descriptor server;
};

inline connection connect_to(const descriptor& listener, std::uint16_t from = 0) {
  connection made{connected_socket(port_of(listener), from), descriptor()};
  made.server = descriptor(accept4(listener.number(), nullptr, nullptr, SOCK_CLOEXEC));
  must(made.server.is_open(), "accept4");
  return made;
}

inline void send_all(const descriptor& socket, std::string_view bytes) {
  must(send(socket.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()), "send");
}

/// Reads until the other side has ended the stream.
inline std::string read_to_end(const descriptor& socket) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const auto count = recv(socket.number(), buffer, sizeof buffer, 0);
    must(count >= 0, "recv");
    if (count == 0)
      return text;
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

/// Whether the other side has neither ended the stream nor sent anything.
inline bool is_silent(const descriptor& socket) {
  char byte = 0;
  return recv(socket.number(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

} // namespace rhizome::tests
