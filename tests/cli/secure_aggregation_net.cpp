// A host that dies while its nodes' masks are in their neighbours' sums.
#include <csignal>
#include <string>

#include "tests/cli/cluster_failures.hpp"

using namespace rhizome;
using namespace rhizome::tests;

TEST_CASE_FIXTURE(three_machines, "continue: the others take a killed host's masks off their sums and go on") {
  const auto run = start(many, {R"(runtime.on_failure="continue")", R"(sharing.name="secure-aggregation")"});
  REQUIRE(run->stores_rounds(10, 60s));
  first.kill();
  REQUIRE(run->notes("lost", liveness + soon));
  CHECK(run->wait() == 0);
  CAPTURE(run->program().errors());
  CHECK(run->summary().at("status") == "done");
  CHECK(run->summary().at("accuracy_mean").get<double>() > 0.5); // a mask that was left in a sum would be noise
  const auto store = run->open_store();
  REQUIRE(store);
  CHECK(count_complete_rounds(*store) == many);
  CHECK(participants(*store, many) == without_first);
  CHECK(is_idle(second));
}
