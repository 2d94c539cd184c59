#include "actors/connection_guard.hpp"

#include "tests/support/doctest.hpp"
#include "tests/support/loopback.hpp"

using namespace rhizome;
using namespace std::chrono_literals;

namespace {

/// A guarded port and the time that the test tells the guard.
struct guarded_port {
  tests::descriptor listener = tests::listening_socket();
  actors::connection_guard guard{tests::port_of(listener), 3s};
  actors::connection_guard::clock::time_point start{};
};

} // namespace

TEST_CASE("a stranger is shut down once the patience is over, and reported once") {
  guarded_port port;
  const auto stranger = tests::connect_to(port.listener);
  CHECK(port.guard.look(port.start).empty());
  CHECK(port.guard.look(port.start + 2s).empty());
  CHECK(tests::is_silent(stranger.client));
  const auto refused = port.guard.look(port.start + 3s);
  REQUIRE(refused.size() == 1);
  CHECK(refused[0].fd == stranger.server.number());
  CHECK(refused[0].peer.port == tests::port_of(stranger.client));
  CHECK(tests::read_to_end(stranger.client).empty());
  CHECK(port.guard.look(port.start + 4s).empty());
}

TEST_CASE("speaking does not help a stranger: only admission does") {
  guarded_port port;
  const auto stranger = tests::connect_to(port.listener);
  port.guard.look(port.start);
  tests::send_all(stranger.client, "junk");
  CHECK(port.guard.look(port.start + 3s).size() == 1);
}

TEST_CASE("an admitted peer stays, whether it was seen before its admission or not") {
  guarded_port port;
  const auto early = tests::connect_to(port.listener);
  CHECK(port.guard.admit("127.0.0.1", tests::port_of(early.client)));
  port.guard.look(port.start);
  const auto late = tests::connect_to(port.listener);
  port.guard.look(port.start + 1s);
  CHECK(port.guard.admit("::ffff:127.0.0.1", tests::port_of(late.client)));
  CHECK(port.guard.look(port.start + 1h).empty());
  CHECK(tests::is_silent(early.client));
  CHECK(tests::is_silent(late.client));
}

TEST_CASE("who has no connection here is not admitted") {
  guarded_port port;
  CHECK_FALSE(port.guard.admit("127.0.0.1", 1));
  const auto peer = tests::connect_to(port.listener);
  CHECK_FALSE(port.guard.admit("10.0.0.1", tests::port_of(peer.client)));
}

TEST_CASE("admission ends with the connection: the same addresses come again as a stranger") {
  guarded_port port;
  auto first = tests::connect_to(port.listener);
  const auto peer_port = tests::port_of(first.client);
  CHECK(port.guard.admit("127.0.0.1", peer_port));
  // Both ends are reset, so that the same port is free at once.
  const linger reset{.l_onoff = 1, .l_linger = 0};
  REQUIRE(setsockopt(first.client.number(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0);
  first.client.close();
  first.server.close();
  const auto second = tests::connect_to(port.listener, peer_port);
  CHECK(port.guard.look(port.start).empty());
  CHECK(port.guard.look(port.start + 3s).size() == 1);
}

TEST_CASE("connections that this process has made itself, or to other ports, are nobody's business here") {
  guarded_port port;
  const auto other_listener = tests::listening_socket();
  const auto other = tests::connect_to(other_listener);
  const auto own = tests::connect_to(port.listener);
  CHECK(port.guard.admit("127.0.0.1", tests::port_of(own.client)));
  port.guard.look(port.start);
  CHECK(port.guard.look(port.start + 1h).empty());
  CHECK(tests::is_silent(other.client));
}

TEST_CASE("an admitted peer can be dropped at once, alone") {
  guarded_port port;
  const auto bad = tests::connect_to(port.listener);
  const auto good = tests::connect_to(port.listener);
  CHECK(port.guard.admit("127.0.0.1", tests::port_of(bad.client)));
  CHECK(port.guard.admit("127.0.0.1", tests::port_of(good.client)));
  CHECK(port.guard.drop("127.0.0.1", tests::port_of(bad.client)));
  CHECK(tests::read_to_end(bad.client).empty());
  CHECK(tests::is_silent(good.client));
  CHECK_FALSE(port.guard.drop("127.0.0.1", 1));
  CHECK(port.guard.look(port.start + 1h).empty());
}
