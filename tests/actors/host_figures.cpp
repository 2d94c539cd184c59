#include "actors/host_figures.hpp"

#include <limits>
#include <memory>

#include "actors/host_gauges.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;

TEST_CASE("a process knows its memory and its machine's load") {
  const auto figures = actors::measure_machine();
  CHECK(figures.memory_bytes > 100'000);
  CHECK(figures.memory_bytes < 1'000'000'000'000);
  CHECK(figures.load >= 0);
  CHECK(figures.cores >= 1);
  CHECK(figures.state == "idle");
}

TEST_CASE("a host's part in a run tells of its links to the others, and adds its jobs to those before") {
  const auto gauges = std::make_shared<actors::host_gauges>(3);
  gauges->reached = 7;
  *gauges->jobs_waiting = 2;
  gauges->links[0]->bytes_sent = 100;
  gauges->links[1]->bytes_sent = 1;
  gauges->links[2]->fragments_queued = 4;
  const actors::run_part part{"r",    {"the starting machine", "a:1", "b:2"},          1, 6,
                              gauges, std::make_shared<std::atomic<std::uint64_t>>(30)};
  actors::host_figures figures;
  figures.jobs_done = 12;
  part.tell(figures);
  CHECK(figures.state == "running");
  CHECK(figures.run == "r");
  CHECK(figures.nodes == 6);
  CHECK(figures.round == 7);
  CHECK(figures.jobs_waiting == 2);
  CHECK(figures.jobs_done == 42);
  REQUIRE(figures.links.size() == 2);
  CHECK(figures.links[0].peer == "the starting machine");
  CHECK(figures.links[0].bytes_sent == 100);
  CHECK(figures.links[1].peer == "b:2");
  CHECK(figures.links[1].fragments_queued == 4);
}

TEST_CASE("a host that was not told where to begin is in no round") {
  const auto gauges = std::make_shared<actors::host_gauges>(1);
  gauges->reached = std::numeric_limits<round_number>::max();
  const actors::run_part part{"r", {"a"}, 0, 1, gauges, std::make_shared<std::atomic<std::uint64_t>>(0)};
  actors::host_figures figures;
  part.tell(figures);
  CHECK(figures.round == 0);
}
