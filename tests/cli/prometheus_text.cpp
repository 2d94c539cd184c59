#include "cli/prometheus_text.hpp"

#include "tests/support/doctest.hpp"

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

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

} // namespace

TEST_CASE("Prometheus reads a host's figures and those of its links") {
  const auto text = cli::prometheus_text(some_figures());
  CAPTURE(text);
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

TEST_CASE("an idle host without links has no run and no samples of links") {
  const auto text = cli::prometheus_text({});
  CHECK(has_line(text, "rhizome_running 0"));
  CHECK(text.find("rhizome_run_info") == std::string::npos);
  CHECK(text.find("peer=") == std::string::npos);
}
