#include "actors/sockets.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/tcp.h> // not netinet/tcp.h: its tcp_info ends before the byte counts
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

namespace rhizome::actors {

namespace {

constexpr std::string_view mapped_prefix = "::ffff:";

socket_address from_kernel(const sockaddr_storage& name) {
  char text[INET6_ADDRSTRLEN] = "";
  if (name.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &name, sizeof v4);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    return {text, ntohs(v4.sin_port)};
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &name, sizeof v6);
  inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
  return make_socket_address(text, ntohs(v6.sin6_port));
}

/// One end of an Internet socket, by getsockname or getpeername; none if it has no such end.
template <class Function>
std::optional<socket_address> end_of(int fd, Function name_of) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  if (name_of(fd, reinterpret_cast<sockaddr*>(&name), &size) != 0 ||
      (name.ss_family != AF_INET && name.ss_family != AF_INET6))
    return std::nullopt;
  return from_kernel(name);
}

/// 0 if the descriptor is no socket.
std::uint64_t inode_of(int fd) {
  struct stat facts {};
  return fstat(fd, &facts) == 0 && S_ISSOCK(facts.st_mode) ? facts.st_ino : 0;
}

/// A socket of another kind than TCP has no TCP_INFO.
bool count_bytes(tcp_connection& connection) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (getsockopt(connection.fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
    return false;
  connection.bytes_acked = info.tcpi_bytes_acked;
  connection.bytes_received = info.tcpi_bytes_received;
  // Linux counts what was sent since 4.19; before, the kernel writes less of the structure.
  const bool counts_sent = size >= offsetof(tcp_info, tcpi_bytes_retrans) + sizeof info.tcpi_bytes_retrans;
  connection.bytes_sent = counts_sent ? info.tcpi_bytes_sent - info.tcpi_bytes_retrans : info.tcpi_bytes_acked;
  return true;
}

std::optional<tcp_connection> connection_of(int fd) {
  tcp_connection connection{.fd = fd, .inode = inode_of(fd), .local = {}, .peer = {}};
  if (connection.inode == 0)
    return std::nullopt;
  auto local = end_of(fd, getsockname);
  auto peer = end_of(fd, getpeername);
  if (!local || !peer || !count_bytes(connection))
    return std::nullopt;
  connection.local = *std::move(local);
  connection.peer = *std::move(peer);
  // Another thread may have closed the socket and opened another one in its place.
  if (inode_of(fd) != connection.inode)
    return std::nullopt;
  return connection;
}

} // namespace

std::string to_string(const socket_address& address) {
  const bool is_v6 = address.address.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", is_v6 ? "[" : "", address.address, is_v6 ? "]" : "", address.port);
}

socket_address make_socket_address(const std::string& address, std::uint16_t port) {
  const bool mapped = address.starts_with(mapped_prefix) && address.find('.') != std::string::npos;
  return {mapped ? address.substr(mapped_prefix.size()) : address, port};
}

std::optional<socket_address> peer_of(int fd) {
  return end_of(fd, getpeername);
}

std::vector<tcp_connection> list_connections() {
  std::vector<tcp_connection> connections;
  std::error_code stopped;
  std::filesystem::directory_iterator entry("/proc/self/fd", stopped);
  for (; !stopped && entry != std::filesystem::directory_iterator(); entry.increment(stopped)) {
    const auto name = entry->path().filename().string();
    int fd = -1;
    std::from_chars(name.data(), name.data() + name.size(), fd);
    if (auto connection = connection_of(fd))
      connections.push_back(*std::move(connection));
  }
  std::ranges::sort(connections, {}, &tcp_connection::fd);
  return connections;
}

bool shut_down(const tcp_connection& connection) {
  return inode_of(connection.fd) == connection.inode && shutdown(connection.fd, SHUT_RDWR) == 0;
}

} // namespace rhizome::actors
