// Timers of learners in the actor that hosts them, by the time of the deterministic scheduler.

#include <chrono>

#include "tests/support/actor_world.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace std::chrono_literals;
using actors::run_status;
using test::actor_world;
using test::test_run;

TEST_CASE("a learner's timer fires when its time has come and not before") {
  constexpr std::uint32_t rounds = 3;
  test_run run({.nodes = 4, .rounds = rounds, .algorithm = "el-local"});
  run.spec.algorithm_parameters.set("deadline", 0.5); // seconds
  actor_world world(std::move(run));
  world.run();
  for (std::uint32_t done = 0; done < rounds; ++done) {
    CHECK(world.recorder().rounds.size() == done);
    world.advance(490ms);
    world.run();
    CHECK(world.recorder().rounds.size() == done);
    CHECK_FALSE(world.outcome());
    world.advance(20ms);
    world.run();
  }
  REQUIRE(world.outcome());
  CHECK(world.outcome()->message == "");
  CHECK(world.outcome()->status == run_status::done);
  CHECK(world.recorder().rounds.size() == rounds);
}

TEST_CASE("nodes that make their views themselves end with the same parameters in any order") {
  for (const char* algorithm : {"peer-sampling", "el-local"}) {
    CAPTURE(algorithm);
    const auto hash_of = [&](const actor_world::choice& choose) {
      test_run run({.nodes = 10, .rounds = 4, .algorithm = algorithm});
      if (run.spec.algorithm_parameters.has("announce"))
        run.spec.algorithm_parameters.set("announce", std::string("notices"));
      actor_world world(std::move(run));
      world.run(choose);
      REQUIRE(world.outcome());
      CHECK(world.outcome()->message == "");
      return world.outcome()->parameters_hash;
    };
    const auto reference = hash_of([](const auto&) { return std::size_t{0}; });
    CHECK(reference != 0);
    CHECK(hash_of([](const auto& jobs) { return jobs.size() - 1; }) == reference);
    CHECK(hash_of(actor_world::delaying_node(3)) == reference);
  }
}
