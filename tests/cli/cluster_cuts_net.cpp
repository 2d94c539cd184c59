// Links that are cut and healed in the middle of a run. Each host has a network namespace of its own; this takes root,
// iproute2 and iptables, and is skipped where it is not permitted.
#include <csignal>
#include <string>

#include "cli/exit_code.hpp"
#include "tests/cli/cluster_failures.hpp"
#include "tests/support/network_namespace.hpp"

using namespace rhizome;
using namespace rhizome::tests;

namespace {

constexpr std::size_t first_place = 0;
constexpr std::size_t second_place = 1;

/// The machines of three_machines, joined by cables that can be cut.
struct cables {
  switched_network network{2};
  three_machines cluster{on(first_place), on(second_place)};

  [[nodiscard]] host_start on(std::size_t place) const {
    return {.listen = switched_network::address(place) + ":0",
            .options = {"--insecure"},
            .network = network.machine(place).file()};
  }

  /// None where that is not permitted: then the reason is printed.
  static std::unique_ptr<cables> lay() {
    if (const auto objection = switched_network::objection()) {
      MESSAGE("skipped: " << *objection);
      CHECK(objection); // a test without an assertion fails
      return nullptr;
    }
    return std::make_unique<cables>();
  }
};

const std::vector<std::string> go_on = {"runtime.on_failure=\"continue\""};

} // namespace

TEST_CASE("a cable that is cut between two hosts for less than the limit changes nothing") {
  const auto laid = cables::lay();
  if (!laid)
    return;
  auto& [network, cluster] = *laid;
  constexpr std::uint32_t rounds = 60;
  const auto file = cluster.configure(rounds);
  const auto undisturbed = run_experiment({file, "--output", "alone"}, cluster.scratch.path());
  for (const bool pull : {false, true}) {
    CAPTURE(pull);
    const auto run = cluster.start(rounds, {"cluster.liveness=10"});
    REQUIRE(run->stores_rounds(10, 60s));
    if (pull)
      network.unplug(second_place);
    else
      network.cut(first_place, second_place);
    std::this_thread::sleep_for(2s); // what is tested
    CHECK(run->rounds_stored() < rounds);
    if (pull)
      network.plug(second_place);
    else
      network.heal(first_place);
    CHECK(run->wait() == 0);
    CAPTURE(run->program().errors());
    CHECK(run->summary().at("parameters_hash") == undisturbed.at("parameters_hash"));
    CHECK_FALSE(run->find_event("lost"));
  }
}

TEST_CASE("abort: a cable that is cut between two hosts ends the run, and both are idle") {
  const auto laid = cables::lay();
  if (!laid)
    return;
  auto& [network, cluster] = *laid;
  const auto run = cluster.start(endless);
  REQUIRE(run->stores_rounds(10, 60s));
  network.cut(first_place, second_place);
  const stopwatch since;
  CHECK(run->wait() == 1);
  CHECK(since.read() < 2 * liveness + soon);
  CAPTURE(run->program().errors());
  CHECK(run->program().errors().find(fmt::format("{} is lost", cluster.second.address())) != std::string::npos);
  CHECK(run->program().errors().find("do not hear each other") != std::string::npos);
  CHECK(cluster.is_idle(cluster.first));
  CHECK(cluster.is_idle(cluster.second));
  network.heal(first_place);
  CHECK(cluster.can_be_used());
}

TEST_CASE("continue: of two hosts that do not hear each other one has to go, and comes back when the cable is healed") {
  const auto laid = cables::lay();
  if (!laid)
    return;
  auto& [network, cluster] = *laid;
  const auto run = cluster.start(endless, go_on);
  REQUIRE(run->stores_rounds(10, 60s));
  network.cut(first_place, second_place);
  REQUIRE(run->notes("lost", 2 * liveness + soon));
  const auto at_loss = run->rounds_stored();
  CHECK(run->stores_rounds(at_loss + 30, soon));
  CHECK_FALSE(run->find_event("back"));
  network.heal(first_place);
  REQUIRE(run->notes("back", soon));
  const auto at_return = run->rounds_stored();
  CHECK(run->stores_rounds(at_return + 10, soon));
  run->program().signal(SIGINT);
  CHECK(run->wait() == cli::exit_interrupted);
  CAPTURE(run->program().errors());
  const auto store = run->open_store();
  REQUIRE(store);
  const auto stored = count_complete_rounds(*store);
  CHECK(participants(*store, static_cast<std::uint32_t>(at_loss) + 20) == without_second);
  CHECK(participants(*store, stored) == everybody);
  CHECK(cluster.is_idle(cluster.second));
}

TEST_CASE("a host whose cable is pulled is lost under both policies, idle, and comes back under continue") {
  const auto laid = cables::lay();
  if (!laid)
    return;
  auto& [network, cluster] = *laid;
  for (const bool continues : {false, true}) {
    CAPTURE(continues);
    const auto run = cluster.start(endless, continues ? go_on : std::vector<std::string>());
    REQUIRE(run->stores_rounds(10, 60s));
    network.unplug(second_place);
    if (!continues) {
      CHECK(run->wait() == 1);
      CHECK(run->program().errors().find(cluster.second.address() + " is lost") != std::string::npos);
    } else {
      REQUIRE(run->notes("lost", liveness + soon));
      CHECK(run->stores_rounds(run->rounds_stored() + 20, soon));
    }
    network.plug(second_place);
    if (continues) {
      REQUIRE(run->notes("back", soon));
      CHECK(run->stores_rounds(run->rounds_stored() + 10, soon));
      run->program().signal(SIGINT);
      CHECK(run->wait() == cli::exit_interrupted);
      const auto store = run->open_store();
      REQUIRE(store);
      CHECK(participants(*store, count_complete_rounds(*store)) == everybody);
    }
    CHECK(cluster.is_idle(cluster.first));
    CHECK(cluster.is_idle(cluster.second));
  }
  CHECK(cluster.can_be_used());
}
