#include <algorithm>

#include "actors/sockets.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/loopback.hpp"

using namespace rhizome;
using actors::tcp_connection;

namespace {

/// The connection behind a file descriptor; inode 0 if it is not listed.
tcp_connection listed(const tests::descriptor& socket) {
  for (const auto& c : actors::list_connections())
    if (c.fd == socket.number())
      return c;
  return {};
}

} // namespace

TEST_CASE("both ends of a connection are listed, each with the other's address") {
  const auto listener = tests::listening_socket();
  const auto made = tests::connect_to(listener);
  const auto client = listed(made.client);
  const auto server = listed(made.server);
  CHECK(client.inode != 0);
  CHECK(server.inode != 0);
  CHECK(client.inode != server.inode);
  CHECK(server.local == actors::make_socket_address("127.0.0.1", tests::port_of(listener)));
  CHECK(server.peer == actors::make_socket_address("127.0.0.1", tests::port_of(made.client)));
  CHECK(client.local == server.peer);
  CHECK(client.peer == server.local);
}

TEST_CASE("sockets that are not connected and other files are not listed") {
  const auto listener = tests::listening_socket();
  const auto bound = tests::bound_socket();
  const tests::descriptor datagrams(socket(AF_INET, SOCK_DGRAM, 0));
  const auto address = tests::loopback(9);
  REQUIRE(connect(datagrams.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  CHECK(listed(listener).inode == 0);
  CHECK(listed(bound).inode == 0);
  CHECK(listed(datagrams).inode == 0);
}

TEST_CASE("bytes are counted in each direction") {
  const auto listener = tests::listening_socket();
  const auto made = tests::connect_to(listener);
  tests::send_all(made.client, std::string(30'000, 'x'));
  tests::send_all(made.server, std::string(500, 'y'));
  shutdown(made.client.number(), SHUT_WR);
  CHECK(tests::read_to_end(made.server).size() == 30'000);
  // Linux counts the end of the stream, and for acknowledgements its beginning, as a byte.
  const auto client = listed(made.client);
  const auto server = listed(made.server);
  CHECK(client.bytes_sent >= 30'000);
  CHECK(client.bytes_sent <= 30'002);
  CHECK(server.bytes_received >= 30'000);
  CHECK(server.bytes_received <= 30'002);
  CHECK(server.bytes_sent == 500);
  CHECK(client.bytes_received == 500);
}

TEST_CASE("an IPv4 address inside IPv6 is written as IPv4") {
  CHECK(actors::make_socket_address("::ffff:10.0.0.1", 1).address == "10.0.0.1");
  CHECK(actors::make_socket_address("fe80::1", 1).address == "fe80::1");
  CHECK(actors::to_string({"10.0.0.1", 4711}) == "10.0.0.1:4711");
  CHECK(actors::to_string({"fe80::1", 4711}) == "[fe80::1]:4711");
}

TEST_CASE("a dual-stack listener sees IPv4 peers by their IPv4 addresses") {
  tests::descriptor listener(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!listener.is_open())
    return; // a machine without IPv6
  sockaddr_in6 any{};
  any.sin6_family = AF_INET6;
  const int no = 0;
  REQUIRE(setsockopt(listener.number(), IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no) == 0);
  REQUIRE(bind(listener.number(), reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0);
  REQUIRE(listen(listener.number(), 4) == 0);
  socklen_t size = sizeof any;
  REQUIRE(getsockname(listener.number(), reinterpret_cast<sockaddr*>(&any), &size) == 0);
  const auto client = tests::connected_socket(ntohs(any.sin6_port));
  const tests::descriptor server(accept4(listener.number(), nullptr, nullptr, SOCK_CLOEXEC));
  CHECK(listed(server).peer == actors::make_socket_address("127.0.0.1", tests::port_of(client)));
}

TEST_CASE("shutting down ends the stream and leaves the descriptor to its owner") {
  const auto listener = tests::listening_socket();
  const auto made = tests::connect_to(listener);
  CHECK(actors::shut_down(listed(made.server)));
  CHECK(tests::read_to_end(made.client).empty());
  CHECK(tests::read_to_end(made.server).empty());
}

TEST_CASE("a descriptor that has become another socket is not shut down") {
  const auto listener = tests::listening_socket();
  auto first = tests::connect_to(listener);
  const auto before = listed(first.server);
  first.server.close();
  // The system gives the lowest free number again.
  const auto second = tests::connect_to(listener);
  auto stale = before;
  stale.fd = second.server.number();
  CHECK_FALSE(actors::shut_down(stale));
  CHECK(tests::is_silent(second.client));
}
