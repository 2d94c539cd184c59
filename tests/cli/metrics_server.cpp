#include "cli/metrics_server.hpp"

#include <atomic>

#include "tests/support/doctest.hpp"
#include "tests/support/loopback.hpp"

using namespace rhizome;

namespace {

actors::host_figures some_figures() {
  actors::host_figures figures;
  figures.state = "running";
  figures.run = "a \"quoted\" run";
  figures.nodes = 16;
  figures.round = 7;
  figures.cores = 2;
  figures.jobs_done = 123'456;
  figures.jobs_waiting = 3;
  figures.failures = 1;
  figures.memory_bytes = 400'000'000;
  figures.load = 1.5;
  figures.links.push_back({.peer = "10.0.0.2:4711",
                           .bytes_sent = 1'000'000'007,
                           .bytes_received = 900,
                           .fragments_sent = 20,
                           .fragments_received = 19,
                           .fragments_refused = 2,
                           .fragments_queued = 4});
  return figures;
}

/// The answer of a server to GET /metrics, with its header.
std::string fetch(std::uint16_t port) {
  const auto socket = tests::connected_socket(port);
  tests::send_all(socket, "GET /metrics HTTP/1.0\r\n\r\n");
  return tests::read_to_end(socket);
}

bool has_line(const std::string& text, const std::string& line) {
  return text.find("\n" + line + "\n") != std::string::npos;
}

} // namespace

TEST_CASE("Prometheus reads a host's figures and those of its links") {
  const auto server = cli::metrics_server::start("127.0.0.1:0", some_figures);
  CAPTURE((server ? std::string() : server.error().message));
  REQUIRE(server.has_value());
  const auto text = fetch((*server)->port());
  CAPTURE(text);
  CHECK(text.starts_with("HTTP/1.1 200 OK"));
  CHECK(has_line(text, "# TYPE rhizome_nodes gauge"));
  CHECK(has_line(text, "rhizome_nodes 16"));
  CHECK(has_line(text, "rhizome_running 1"));
  CHECK(has_line(text, "rhizome_round 7"));
  CHECK(has_line(text, "rhizome_cores 2"));
  CHECK(has_line(text, "rhizome_load_average 1.5"));
  CHECK(has_line(text, "rhizome_resident_memory_bytes 400000000"));
  CHECK(has_line(text, "# TYPE rhizome_jobs_done_total counter"));
  CHECK(has_line(text, "rhizome_jobs_done_total 123456"));
  CHECK(has_line(text, "rhizome_jobs_waiting 3"));
  CHECK(has_line(text, "rhizome_failures_total 1"));
  CHECK(has_line(text, "rhizome_run_info{run=\"a \\\"quoted\\\" run\"} 1"));
  CHECK(has_line(text, "# HELP rhizome_link_bytes_sent_total Bytes sent to this host."));
  CHECK(has_line(text, "rhizome_link_bytes_sent_total{peer=\"10.0.0.2:4711\"} 1000000007"));
  CHECK(has_line(text, "rhizome_link_bytes_received_total{peer=\"10.0.0.2:4711\"} 900"));
  CHECK(has_line(text, "rhizome_link_fragments_sent_total{peer=\"10.0.0.2:4711\"} 20"));
  CHECK(has_line(text, "rhizome_link_fragments_received_total{peer=\"10.0.0.2:4711\"} 19"));
  CHECK(has_line(text, "rhizome_link_fragments_refused_total{peer=\"10.0.0.2:4711\"} 2"));
  CHECK(has_line(text, "rhizome_link_fragments_queued{peer=\"10.0.0.2:4711\"} 4"));
}

TEST_CASE("each request asks for figures of that moment") {
  std::atomic<std::uint32_t> round = 0;
  const auto server = cli::metrics_server::start(":0", [&round] {
    actors::host_figures figures;
    figures.round = ++round;
    return figures;
  });
  REQUIRE(server.has_value());
  CHECK(has_line(fetch((*server)->port()), "rhizome_round 1"));
  const auto second = fetch((*server)->port());
  CHECK(has_line(second, "rhizome_round 2"));
  CHECK(has_line(second, "rhizome_running 0"));
  CHECK(second.find("rhizome_run_info") == std::string::npos);
}

TEST_CASE("a port in use is a sentence") {
  const auto taken = tests::listening_socket();
  const auto address = "127.0.0.1:" + std::to_string(tests::port_of(taken));
  const auto server = cli::metrics_server::start(address, some_figures);
  REQUIRE_FALSE(server.has_value());
  CHECK(server.error().kind == error_kind::failed);
  CHECK(server.error().message.starts_with("no metrics can be served on " + address + ": the port is in use"));
}

TEST_CASE("what is no address is refused before anything listens") {
  for (const std::string bad : {"", "x", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "1.2.3:80", "::1:80", "80,81",
                                "127.0.0.1:80s", "nohost:80"}) {
    CAPTURE(bad);
    const auto server = cli::metrics_server::start(bad, some_figures);
    REQUIRE_FALSE(server.has_value());
    CHECK(server.error().kind == error_kind::invalid_input);
  }
}
