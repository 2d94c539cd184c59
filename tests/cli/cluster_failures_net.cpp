// Lent hosts that die, stop or leave in the middle of a run, under each policy.
#include <csignal>
#include <string>

#include "tests/cli/cluster_failures.hpp"

using namespace rhizome;
using namespace rhizome::tests;

namespace {

const std::vector<std::string> go_on = {"runtime.on_failure=\"continue\""};

} // namespace

TEST_CASE_FIXTURE(three_machines, "abort: the kill -9 of a host ends the run with a sentence that names it") {
  const auto run = start(endless);
  REQUIRE(run->stores_rounds(10, 60s));
  const auto stored_before = run->rounds_stored();
  second.kill();
  const stopwatch since;
  CHECK(run->wait() == 1);
  CHECK(since.read() < liveness + soon);
  CAPTURE(run->program().errors());
  CHECK(run->program().errors().find(second.address() + " is lost") != std::string::npos);
  CHECK(run->summary().at("status") == "failed");
  const auto store = run->open_store();
  REQUIRE(store);
  CHECK(store->run()->status == "failed");
  CHECK(count_full_rounds(*store) >= stored_before);
  CHECK(run->find_event("failed"));
  CHECK(is_idle(first));
}

TEST_CASE_FIXTURE(three_machines, "continue: after the kill -9 of a host the others go on to the end") {
  const auto run = start(many, go_on);
  REQUIRE(run->stores_rounds(10, 60s));
  first.kill();
  REQUIRE(run->notes("lost", liveness + soon));
  CHECK(run->wait() == 0);
  CAPTURE(run->program().errors());
  CHECK(run->summary().at("status") == "done");
  CHECK(run->find_event("lost")->text.find(first.address()) != std::string::npos);
  const auto store = run->open_store();
  REQUIRE(store);
  CHECK(count_complete_rounds(*store) == many);
  CHECK(participants(*store, 1) == everybody);
  CHECK(participants(*store, many) == without_first); // and with those of the host that heard of the loss too
  CHECK(is_idle(second));
}

TEST_CASE_FIXTURE(three_machines, "continue: a host that was killed is started again and takes part again") {
  const auto run = start(many, go_on);
  REQUIRE(run->stores_rounds(10, 60s));
  second.kill();
  REQUIRE(run->notes("lost", liveness + soon));
  second.restart();
  REQUIRE(run->notes("back", soon));
  CHECK(run->wait() == 0);
  CAPTURE(run->program().errors());
  CHECK(run->find_event("back")->text.find(second.address()) != std::string::npos);
  const auto store = run->open_store();
  REQUIRE(store);
  CHECK(count_complete_rounds(*store) == many);
  CHECK(participants(*store, many) == everybody);
  CHECK(is_idle(first));
  CHECK(is_idle(second));
  CHECK(can_be_used());
}

TEST_CASE_FIXTURE(three_machines, "a host that was stopped for 5 s, less than the limit, changes nothing") {
  const auto file = configure(100);
  const auto undisturbed = run_experiment({file, "--output", "alone"}, scratch.path());
  const auto run = start(100, {"cluster.liveness=10"});
  REQUIRE(run->stores_rounds(10, 60s));
  second.signal(SIGSTOP);
  std::this_thread::sleep_for(5s); // what is tested
  CHECK(run->rounds_stored() < 100);
  second.signal(SIGCONT);
  CHECK(run->wait() == 0);
  CAPTURE(run->program().errors());
  CHECK(run->summary().at("parameters_hash") == undisturbed.at("parameters_hash"));
  CHECK_FALSE(run->find_event("lost"));
  CHECK(count_full_rounds(*run->open_store()) == 100);
}

TEST_CASE_FIXTURE(three_machines,
                  "abort: a host that is stopped for longer than the limit is lost, and idle when it wakes") {
  const auto run = start(endless);
  REQUIRE(run->stores_rounds(10, 60s));
  second.signal(SIGSTOP);
  const stopwatch since;
  CHECK(run->wait() == 1);
  CHECK(since.read() < liveness + soon);
  CAPTURE(run->program().errors());
  CHECK(run->program().errors().find(second.address() + " is lost") != std::string::npos);
  CHECK(is_idle(first));
  second.signal(SIGCONT);
  CHECK(is_idle(second));
  CHECK(can_be_used());
}

TEST_CASE_FIXTURE(three_machines,
                  "continue: a host that is stopped for longer than the limit comes back when it wakes") {
  const auto run = start(many, go_on);
  REQUIRE(run->stores_rounds(10, 60s));
  second.signal(SIGSTOP);
  REQUIRE(run->notes("lost", liveness + soon));
  const auto at_loss = run->rounds_stored();
  CHECK(run->stores_rounds(at_loss + 10, soon));
  second.signal(SIGCONT);
  REQUIRE(run->notes("back", soon));
  CHECK(run->wait() == 0);
  CAPTURE(run->program().errors());
  const auto store = run->open_store();
  REQUIRE(store);
  CHECK(count_complete_rounds(*store) == many);
  CHECK(participants(*store, static_cast<std::uint32_t>(at_loss + 10)) == without_second);
  CHECK(participants(*store, many) == everybody);
  CHECK(is_idle(second));
}

TEST_CASE_FIXTURE(three_machines,
                  "abort: Ctrl-C on a host ends that host, and at once the run as one that has lost it") {
  const auto run = start(endless, {"cluster.liveness=100"}); // nobody waits for silence
  REQUIRE(run->stores_rounds(10, 60s));
  second.signal(SIGINT);
  CHECK(run->wait() == 1);
  CAPTURE(run->program().errors());
  CHECK(run->program().errors().find(second.address() + " is lost") != std::string::npos);
  CHECK(second.program().wait() == 0);
  CHECK(is_idle(first));
}

TEST_CASE_FIXTURE(three_machines, "continue: Ctrl-C on a host ends that host, and the others go on at once") {
  const auto run = start(many, {go_on.front(), "cluster.liveness=100"});
  REQUIRE(run->stores_rounds(10, 60s));
  second.signal(SIGINT);
  CHECK(second.program().wait() == 0);
  CHECK(run->wait() == 0);
  CAPTURE(run->program().errors());
  CHECK(run->find_event("lost"));
  CHECK(participants(*run->open_store(), many) == without_second);
  CHECK(is_idle(first));
}

TEST_CASE_FIXTURE(three_machines, "who has to do with a host that is stopped ends in time all the same") {
  const auto run = start(endless, {"cluster.liveness=100"});
  REQUIRE(run->stores_rounds(10, 60s));
  first.signal(SIGSTOP);
  const stopwatch since;
  CHECK(ask_host(first.address(), scratch.path()).contains("error"));
  second.signal(SIGINT);
  CHECK(second.program().wait() == 0);
  CHECK(run->wait() == 1);
  CHECK(since.read() < 3 * soon);
  first.signal(SIGCONT);
  CHECK(is_idle(first));
}
