#include "cli/metrics_server.hpp"

#include <atomic>

#include "tests/support/doctest.hpp"
#include "tests/support/loopback.hpp"

using namespace rhizome;

namespace {

actors::host_figures no_figures() {
  return {};
}

/// The answer of a server to a request, with its header.
std::string ask(std::uint16_t port, const std::string& request = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n") {
  const auto socket = tests::connected_socket(port);
  tests::send_all(socket, request);
  return tests::read_to_end(socket);
}

bool has_line(const std::string& text, const std::string& line) {
  return text.find("\n" + line + "\n") != std::string::npos;
}

} // namespace

TEST_CASE("each request asks for figures of that moment") {
  std::atomic<std::uint32_t> round = 0;
  const auto server = cli::metrics_server::start(":0", [&round] {
    actors::host_figures figures;
    figures.round = ++round;
    return figures;
  });
  REQUIRE(server.has_value());
  const auto first = ask((*server)->port());
  CHECK(first.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  CHECK(has_line(first, "rhizome_round 1"));
  CHECK(has_line(ask((*server)->port()), "rhizome_round 2"));
}

TEST_CASE("there is nothing but the metrics") {
  const auto server = cli::metrics_server::start("127.0.0.1:0", no_figures);
  REQUIRE(server.has_value());
  const auto port = (*server)->port();
  CHECK(ask(port, "GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404"));
  CHECK(ask(port, "POST /metrics HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404"));
}

TEST_CASE("a silent client, one that has gone and an endless request hold up nobody for good, nor the server's end") {
  auto server = cli::metrics_server::start("127.0.0.1:0", no_figures);
  REQUIRE(server.has_value());
  const auto port = (*server)->port();
  tests::connected_socket(port).close();
  const auto endless = tests::connected_socket(port);
  tests::send_all(endless, std::string(8500, 'x'));
  const auto silent = tests::connected_socket(port);
  CHECK(ask(port).starts_with("HTTP/1.1 200"));
  const auto last = tests::connected_socket(port);
  server->reset();
}

TEST_CASE("a port in use is a sentence") {
  const auto taken = tests::listening_socket();
  const auto address = "127.0.0.1:" + std::to_string(tests::port_of(taken));
  const auto server = cli::metrics_server::start(address, no_figures);
  REQUIRE_FALSE(server.has_value());
  CHECK(server.error().kind == error_kind::failed);
  CHECK(server.error().message.starts_with("no metrics can be served on " + address + ": Address already in use"));
}

TEST_CASE("what is no address is refused before anything listens") {
  for (const std::string bad : {"", "x", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "127.0.0.1:-1", "1.2.3.4.5:80",
                                "[::1:80", "::1:80", "80,81", "127.0.0.1:80s", "nohost:80"}) {
    CAPTURE(bad);
    const auto server = cli::metrics_server::start(bad, no_figures);
    REQUIRE_FALSE(server.has_value());
    CHECK(server.error().kind == error_kind::invalid_input);
  }
}
