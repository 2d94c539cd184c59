#include "actors/can_connect.hpp"

#include "tests/support/doctest.hpp"
#include "tests/support/loopback.hpp"

using namespace rhizome;
using namespace std::chrono_literals;

namespace {

std::string sentence(const result<actors::socket_address>& answer) {
  return answer ? std::string() : answer.error().message;
}

} // namespace

TEST_CASE("who listens can be connected to, by address and by name") {
  const auto listener = tests::listening_socket();
  const auto port = tests::port_of(listener);
  CHECK(actors::can_connect("127.0.0.1", port, 20s) == actors::socket_address{"127.0.0.1", port});
  CHECK(sentence(actors::can_connect("localhost", port, 20s)).empty());
}

TEST_CASE("a port that nobody listens at is told at once") {
  const auto bound = tests::bound_socket(); // nobody else can take the port meanwhile
  const auto port = tests::port_of(bound);
  CHECK(sentence(actors::can_connect("127.0.0.1", port, 20s)) == fmt::format("nobody listens at 127.0.0.1:{}", port));
}

TEST_CASE("who does not answer is given up when the time is over") {
  // A full queue of connections that nobody accepts: Linux then leaves further ones without an answer.
  const auto listener = tests::listening_socket(0);
  const auto port = tests::port_of(listener);
  const auto waiting = tests::connected_socket(port);
  CHECK(sentence(actors::can_connect("127.0.0.1", port, 200ms)) ==
        fmt::format("no answer from 127.0.0.1:{} within 0.2 s", port));
}

TEST_CASE("a host that does not exist is the user's mistake") {
  const auto answer = actors::can_connect("no..host", 4711, 20s);
  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().kind == error_kind::invalid_input);
  CHECK(answer.error().message.starts_with("unknown host no..host: "));
}
