#include "tests/support/doctest.hpp"

#include <cmath>

#include "core/random.hpp"
#include "tests/support/actor_world.hpp"

using namespace rhizome;
using actors::run_status;
using test::actor_world;
using test::test_run;
using test::world_options;

namespace {

actors::run_outcome outcome_of(const world_options& options, const actor_world::choice& choose) {
  actor_world world{test_run(options)};
  world.run(choose);
  REQUIRE(world.outcome());
  CHECK(world.outcome()->message == "");
  REQUIRE(world.outcome()->status == run_status::done);
  CHECK(world.recorder().rounds.size() == options.rounds);
  return *world.outcome();
}

std::size_t first(const std::deque<caf::resumable*>&) {
  return 0;
}

std::size_t last(const std::deque<caf::resumable*>& jobs) {
  return jobs.size() - 1;
}

actor_world::choice random_choice(std::uint32_t index) {
  return [random = random_stream(1, purpose::algorithm, 0, index)](const auto& jobs) mutable {
    return static_cast<std::size_t>(random.below(jobs.size()));
  };
}

} // namespace

TEST_CASE("every order of delivery gives the same parameters") {
  for (const char* algorithm : {"d-psgd", "local", "all-reduce"})
    for (const bool dynamic : {false, true}) {
      CAPTURE(algorithm);
      CAPTURE(dynamic);
      const world_options options{.algorithm = algorithm, .dynamic = dynamic, .momentum = 0.9F};
      const auto reference = outcome_of(options, first).parameters_hash;
      CHECK(reference != 0);
      CHECK(outcome_of(options, last).parameters_hash == reference);
      for (std::uint32_t i = 0; i < 5; ++i)
        CHECK(outcome_of(options, random_choice(i)).parameters_hash == reference);
    }
}

TEST_CASE("a delayed node among 64 on a dynamic graph loses nothing and changes nothing") {
  const world_options options{.nodes = 64, .rounds = 8, .dynamic = true};
  const auto reference = outcome_of(options, first);
  const auto delayed = outcome_of(options, actor_world::delaying_node(17));
  CHECK(delayed.parameters_hash == reference.parameters_hash);
  CHECK(delayed.rounds == options.rounds);
}

TEST_CASE("the average model is the mean of all nodes and its distance is measured") {
  world_options options{.nodes = 7, .rounds = 3, .algorithm = "local"};
  actor_world world{test_run(options)};
  world.run(last);
  REQUIRE(world.outcome());
  const auto& problem = world.run_options().models->data();
  // a local node takes 6 steps of gradient descent with rate 0.1 on its own quadratic
  std::vector<std::vector<double>> models;
  for (std::size_t i = 0; i < options.nodes; ++i) {
    models.emplace_back();
    for (std::size_t k = 0; k < 6; ++k)
      models.back().push_back(problem.b[i][k] + std::pow(1 - 0.1 * static_cast<double>(problem.a[i]), 6) *
                                                    (static_cast<double>(problem.start[i][k]) - problem.b[i][k]));
  }
  double distance = 0;
  const auto average = world.outcome()->average->values();
  for (std::size_t k = 0; k < 6; ++k) {
    double mean = 0;
    for (const auto& x : models)
      mean += x[k] / options.nodes;
    CHECK(average[k] == doctest::Approx(mean).epsilon(1e-4));
    for (const auto& x : models)
      distance += (x[k] - mean) * (x[k] - mean) / options.nodes;
  }
  CHECK(world.recorder().rounds.back().consensus_distance == doctest::Approx(distance).epsilon(1e-4));
}

TEST_CASE("rounds are recorded in order, evaluations where they are due") {
  const world_options options{.rounds = 5, .dynamic = true, .every = 2};
  actor_world world{test_run(options)};
  world.run(last);
  const auto& rounds = world.recorder().rounds;
  REQUIRE(rounds.size() == 5);
  for (std::uint32_t i = 0; i < 5; ++i) {
    CHECK(rounds[i].round == i + 1);
    CHECK(std::isfinite(rounds[i].train_loss));
    const bool due = i + 1 == 2 || i + 1 == 4 || i + 1 == 5;
    CHECK(rounds[i].evaluated_nodes == (due ? 3 : 0));
    CHECK(std::isfinite(rounds[i].consensus_distance) == due);
    if (i > 0)
      CHECK(rounds[i].bytes_sent > rounds[i - 1].bytes_sent);
  }
  CHECK(world.recorder().nodes.size() == 9);
}

TEST_CASE("a run that stands still ends with who waits for whom") {
  test_run run(world_options{.nodes = 4, .rounds = 3});
  run.spec.stall_timeout = std::chrono::milliseconds(0);
  run.spec.views = [views = run.spec.views](round_number round, const std::set<node_id>& absent) {
    auto broken = views(round, absent);
    auto view = *(*broken)[2]; // node 2 does not know that node 3 waits for it
    std::erase_if(view.out, [](const auto& neighbour) { return neighbour.id == 3; });
    (*broken)[2] = std::make_shared<const learning::round_view>(view);
    return broken;
  };
  actor_world world(std::move(run));
  world.run();
  CHECK_FALSE(world.outcome());
  for (int i = 0; i < 20 && !world.outcome(); ++i) {
    world.advance(std::chrono::milliseconds(250));
    world.run();
  }
  REQUIRE(world.outcome());
  CHECK(world.outcome()->status == run_status::failed);
  CHECK(world.outcome()->message.find("node 3 waits for models of round 0 from node 2") != std::string::npos);
}

TEST_CASE("parameters that are no longer finite end the run with node, round and loss") {
  const world_options options{.nodes = 6, .rounds = 4};
  auto problem = test::quadratic_runtime::random_problem(6, 6);
  problem.poisoned = [](node_id node, std::uint64_t batch) { return node == 4 && batch == 3; };
  SUBCASE("stop") {
    actor_world world{test_run(options, problem)};
    world.run();
    REQUIRE(world.outcome());
    CHECK(world.outcome()->status == run_status::failed);
    CHECK(world.outcome()->message.find("node 4 are no longer finite after round 2 (training loss nan)") !=
          std::string::npos);
  }
  SUBCASE("isolate") {
    test_run run(options, problem);
    run.context().on_nonfinite = learning::nonfinite_policy::isolate;
    actor_world world(std::move(run));
    world.run(last);
    REQUIRE(world.outcome());
    CHECK(world.outcome()->status == run_status::done);
    CHECK(world.recorder().rounds.size() == 4);
    REQUIRE(world.recorder().events.size() == 1);
    CHECK(world.recorder().events[0].kind == "nonfinite");
    for (const float x : world.outcome()->average->values())
      CHECK(std::isfinite(x));
  }
}

TEST_CASE("an interrupt brings all nodes to rest and keeps complete rounds") {
  const world_options options{.nodes = 8, .rounds = 100, .dynamic = true};
  actor_world world{test_run(options)};
  world.run(first, 2000);
  REQUIRE_FALSE(world.outcome());
  world.interrupt();
  world.run();
  REQUIRE(world.outcome());
  CHECK(world.outcome()->status == run_status::interrupted);
  CHECK(world.outcome()->rounds > 0);
  CHECK(world.outcome()->rounds < 100);
  CHECK(world.recorder().rounds.size() == world.outcome()->rounds);
}

TEST_CASE("a second interrupt ends the run at once") {
  actor_world world{test_run(world_options{.rounds = 100})};
  world.run(first, 500);
  world.interrupt();
  world.interrupt();
  world.run();
  REQUIRE(world.outcome());
  CHECK(world.outcome()->status == run_status::interrupted);
}

TEST_CASE("a store that fails ends the run with its sentence") {
  test_run run(world_options{});
  run.recorder->fails_at = 3;
  actor_world world(std::move(run));
  world.run();
  REQUIRE(world.outcome());
  CHECK(world.outcome()->status == run_status::failed);
  CHECK(world.outcome()->message == "the disk is full.");
  CHECK(world.recorder().rounds.size() == 2);
}

TEST_CASE("a graph that cannot be drawn ends the run with its sentence") {
  test_run run(world_options{});
  run.spec.views =
      [views = run.spec.views](round_number round,
                               const std::set<node_id>& absent) -> result<std::vector<learning::round_view_ptr>> {
    if (round == 2)
      return fail(error_kind::failed, "no connected graph was found.");
    return views(round, absent);
  };
  actor_world world(std::move(run));
  world.run();
  REQUIRE(world.outcome());
  CHECK(world.outcome()->message == "no connected graph was found.");
}

TEST_CASE("a node that is faster than the start of the topology manager does no harm") {
  // the manager's own start is the last thing to happen
  const auto topology_last = [](const std::deque<caf::resumable*>& jobs) {
    const auto other = std::find_if(jobs.begin(), jobs.end(), [](caf::resumable* job) {
      const auto* actor = dynamic_cast<caf::local_actor*>(job);
      return !actor || std::string_view(actor->name()) != "topology_manager";
    });
    return other == jobs.end() ? std::size_t{0} : static_cast<std::size_t>(other - jobs.begin());
  };
  for (const char* algorithm : {"d-psgd", "all-reduce"}) {
    const world_options options{.algorithm = algorithm};
    CHECK(outcome_of(options, topology_last).parameters_hash == outcome_of(options, first).parameters_hash);
  }
}
