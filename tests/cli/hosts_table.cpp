#include "cli/hosts_table.hpp"

#include <nlohmann/json.hpp>

#include "tests/support/doctest.hpp"

using namespace rhizome;

namespace {

std::vector<cli::host_answer> two_hosts_and_a_dead_one() {
  actors::host_figures busy;
  busy.state = "running";
  busy.run = "quickstart";
  busy.nodes = 1024;
  busy.round = 7;
  busy.cores = 2;
  busy.jobs_done = 5000;
  busy.jobs_waiting = 3;
  busy.failures = 1;
  busy.memory_bytes = 312'000'000;
  busy.load = 1.523;
  busy.links.push_back({.peer = "10.0.0.2:4711",
                        .bytes_sent = 1'230'000'000,
                        .bytes_received = 900,
                        .fragments_sent = 2048,
                        .fragments_received = 12,
                        .fragments_refused = 0,
                        .fragments_queued = 8});
  actors::host_figures idle;
  idle.cores = 64;
  idle.memory_bytes = 80'500'000;
  idle.load = 0.1;
  return {{"10.0.0.1:4711", busy},
          {"10.0.0.2:4711", idle},
          {"c:4711", fail(error_kind::failed, "no answer from c:4711 within 5 s")}};
}

} // namespace

TEST_CASE("hosts are a table, in human units, and their links another one") {
  CHECK(cli::to_table(two_hosts_and_a_dead_one()) ==
        "host           state    run         nodes  round  cores  load   memory  waiting  failures  links     sent  "
        "received\n"
        "10.0.0.1:4711  running  quickstart  1,024      7      2  1.52   312 MB        3         1      1  1.23 GB     "
        "900 B\n"
        "10.0.0.2:4711  idle     -               0      0     64  0.10  80.5 MB        0         0      0      0 B     "
        "  0 B\n"
        "c:4711         no answer from c:4711 within 5 s\n"
        "\n"
        "from           to                sent  received  fragments out  in  queued  refused\n"
        "10.0.0.1:4711  10.0.0.2:4711  1.23 GB     900 B          2,048  12       8        0\n");
}

TEST_CASE("hosts without links are one table") {
  CHECK(cli::to_table({{"a:1", actors::host_figures{}}}) ==
        "host  state  run  nodes  round  cores  load  memory  waiting  failures  links  sent  received\n"
        "a:1   idle   -        0      0      0  0.00     0 B        0         0      0   0 B       0 B\n");
}

TEST_CASE("hosts are JSON for programs, in plain numbers") {
  const auto json = nlohmann::json::parse(cli::to_json(two_hosts_and_a_dead_one()));
  REQUIRE(json.size() == 3);
  CHECK(json[0].at("host") == "10.0.0.1:4711");
  CHECK(json[0].at("memory_bytes") == 312'000'000);
  CHECK(json[0].at("links")[0].at("peer") == "10.0.0.2:4711");
  CHECK(json[0].at("links")[0].at("bytes_sent") == 1'230'000'000);
  CHECK(json[1].at("links").empty());
  CHECK(json[2].at("error") == "no answer from c:4711 within 5 s");
  CHECK_FALSE(json[2].contains("state"));
}
