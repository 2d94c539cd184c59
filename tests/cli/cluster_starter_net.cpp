// The machine that starts a run, stopped from outside, while others are lent to it.
#include <csignal>
#include <string>

#include "cli/exit_code.hpp"
#include "tests/cli/cluster_failures.hpp"

using namespace rhizome;
using namespace rhizome::tests;

TEST_CASE_FIXTURE(
    three_machines,
    "after the kill -9 of the starting machine the hosts are idle, can be used, and what was stored is there") {
  const auto run = start(endless);
  REQUIRE(run->stores_rounds(10, 60s));
  const auto stored_before = run->rounds_stored();
  run->program().signal(SIGKILL);
  CHECK(run->wait() == 128 + SIGKILL);
  CHECK(is_idle(first));
  CHECK(is_idle(second));
  const auto store = run->open_store();
  REQUIRE(store);
  CHECK(store->run()->status == "running");
  CHECK(count_full_rounds(*store) >= stored_before);
  CHECK(can_be_used());
}

TEST_CASE_FIXTURE(three_machines, "Ctrl-C ends a run over hosts at the end of a round") {
  const auto run = start(endless);
  REQUIRE(run->stores_rounds(10, 60s));
  run->program().signal(SIGINT);
  CHECK(run->wait() == cli::exit_interrupted);
  CAPTURE(run->program().errors());
  const auto store = run->open_store();
  REQUIRE(store);
  CHECK(store->run()->status == "interrupted");
  CHECK(count_full_rounds(*store) == run->summary().at("rounds"));
  CHECK(run->program().errors().find("interrupted after round") != std::string::npos);
  CHECK(is_idle(first));
  CHECK(is_idle(second));
  CHECK(can_be_used());
}

TEST_CASE_FIXTURE(three_machines, "hosts end a run whose starting machine is stopped for longer than the limit") {
  for (const std::string policy : {"abort", "continue"}) {
    CAPTURE(policy);
    const auto run = start(endless, {"runtime.on_failure=\"" + policy + "\""});
    REQUIRE(run->stores_rounds(10, 60s));
    run->program().signal(SIGSTOP);
    CHECK(is_idle(first));
    CHECK(is_idle(second));
    run->program().signal(SIGCONT);
    if (policy == "abort") {
      CHECK(run->wait() == 1);
      CHECK(run->program().errors().find("is lost") != std::string::npos);
    } else {
      REQUIRE(run->notes("back", liveness + soon));
      run->program().signal(SIGINT);
      CHECK(run->wait() == cli::exit_interrupted);
    }
    CHECK(is_idle(first));
    CHECK(is_idle(second));
  }
}
