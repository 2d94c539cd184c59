// Epidemic learning without an oracle, against its formula in double precision.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>
#include <vector>

#include "core/learning/algorithms.hpp"
#include "core/learning/participation.hpp"
#include "core/learning/registry.hpp"
#include "core/learning/view_maker.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/quadratic_trainer.hpp"
#include "tests/support/resuming.hpp"
#include "tests/support/toy_world.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t n = 8, rounds = 8;
constexpr std::size_t size = 3;

config::section options(std::uint32_t fanout, const std::string& announce = "seed", double deadline = 0) {
  auto section = config::defaults(algorithm_schema(), "el-local");
  section.set("fanout", std::int64_t{fanout});
  section.set("announce", announce);
  section.set("deadline", deadline);
  return section;
}

toy_run make_run(const quadratic_runtime& runtime, const config::section& parameters,
                 std::uint32_t of_rounds = rounds) {
  toy_run run(runtime, el_local(), n, of_rounds);
  run.parameters = parameters;
  if (el_local().uses(parameters) == graph_use::own) {
    const auto views = [parameters, seed = run.context.seed](node_id node, round_number round,
                                                             const std::set<node_id>& absent) {
      return el_local().views(parameters, {n, seed, round, absent})[node];
    };
    run.options.views = [views](node_id node, round_number round) { return views(node, round, {}); };
    run.options.repaired_views = views;
  }
  return run;
}

/// x_i = (x_i + sum over S_i of x_j) / (1 + |S_i|) after one step on the quadratic.
std::vector<std::vector<double>> reference(const quadratic_runtime& runtime, std::uint32_t fanout,
                                           std::uint32_t of_rounds = rounds) {
  const auto& p = runtime.data();
  std::vector<std::vector<double>> x;
  for (node_id i = 0; i < n; ++i)
    x.emplace_back(p.start[i].begin(), p.start[i].end());
  for (round_number r = 0; r < of_rounds; ++r) {
    for (node_id i = 0; i < n; ++i)
      for (std::size_t k = 0; k < size; ++k)
        x[i][k] -= static_cast<double>(p.optimizer.rate) * p.a[i] * (x[i][k] - p.b[i][k]);
    auto sum = x;
    std::vector<double> count(n, 1.0);
    for (node_id from = 0; from < n; ++from)
      for (const node_id to : draw_peers(1, r, from, n, fanout)) {
        count[to] += 1;
        for (std::size_t k = 0; k < size; ++k)
          sum[to][k] += x[from][k];
      }
    for (node_id i = 0; i < n; ++i)
      for (std::size_t k = 0; k < size; ++k)
        x[i][k] = sum[i][k] / count[i];
  }
  return x;
}

quadratic_runtime without_training() {
  auto problem = quadratic_runtime::random_problem(n, size);
  problem.optimizer.rate = 0;
  return quadratic_runtime(std::move(problem));
}

} // namespace

TEST_CASE("a node's model is the plain average with those who chose it, however it learns of them") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(n, size));
  for (const std::uint32_t fanout : {1U, 2U, n - 1}) {
    const auto expected = reference(runtime, fanout);
    std::vector<std::vector<float>> first;
    for (const std::string announce : {"seed", "notices"})
      for (std::uint64_t seed = 0; seed < 10; ++seed) {
        CAPTURE(announce);
        auto run = make_run(runtime, options(fanout, announce));
        run.options.shuffle = seed;
        run.options.over_the_wire = seed % 2 == 0;
        run.options.run_ahead = static_cast<std::uint32_t>(seed % 3);
        const auto world = run.run();
        REQUIRE(world->all_finished());
        const auto models = values_of(world->models());
        if (first.empty())
          first = models;
        CHECK(models == first); // the same bits
        for (node_id i = 0; i < n; ++i)
          for (std::size_t k = 0; k < size; ++k)
            CHECK(models[i][k] == doctest::Approx(expected[i][k]).epsilon(1e-5));
      }
  }
}

TEST_CASE("a run with a deadline says that it cannot be repeated, and no other one does") {
  CHECK(el_local().not_repeatable(options(2)).empty());
  CHECK(el_local().not_repeatable(options(2, "notices")).empty());
  CHECK(el_local().not_repeatable(options(2, "seed", 0.5)) ==
        "This run cannot be repeated to the bit: within algorithm.deadline = 0.5 seconds other models may come another "
        "time.");
}

TEST_CASE("without training the nodes reach consensus, on a mean that has drifted") {
  const auto runtime = without_training();
  const auto models = values_of(make_run(runtime, options(2), 80).run()->models());
  double drift = 0;
  for (std::size_t k = 0; k < size; ++k) {
    double start = 0;
    for (node_id i = 0; i < n; ++i) {
      start += runtime.data().start[i][k] / double{n};
      CHECK(models[i][k] == doctest::Approx(models[0][k]).epsilon(1e-5));
    }
    drift = std::max(drift, std::abs(models[0][k] - start));
  }
  CHECK(drift > 0.01);
}

TEST_CASE("a node that nobody chooses ends its round alone, and all others end theirs") {
  const auto runtime = without_training();
  for (const std::string announce : {"seed", "notices"}) {
    std::uint32_t alone = 0;
    for (round_number r = 0; r < rounds; ++r) {
      std::vector<bool> chosen(n, false);
      for (node_id i = 0; i < n; ++i)
        chosen[draw_peers(1, r, i, n, 1)[0]] = true;
      alone += static_cast<std::uint32_t>(std::count(chosen.begin(), chosen.end(), false));
    }
    REQUIRE(alone > 0); // with one choice each, about n/e are
    const auto world = make_run(runtime, options(1, announce)).run();
    CHECK(world->all_finished());
  }
}

TEST_CASE("notices cost a header to each other node, and four bytes where a model follows") {
  const auto runtime = without_training();
  for (const std::string announce : {"seed", "notices"}) {
    const auto world = make_run(runtime, options(2, announce)).run();
    const std::uint64_t models = 2 * (fragment_header_size + size * sizeof(float));
    const std::uint64_t notices = announce == "seed" ? 0 : (n - 1) * fragment_header_size + 2 * sizeof(std::uint32_t);
    for (node_id node = 0; node < n; ++node) {
      const auto& log = world->log(node);
      CHECK(log.wire_bytes == rounds * (models + notices));
      for (const auto& r : log.reports)
        CHECK(r.bytes_sent >= r.rounds * (models + notices));
      CHECK(log.reports.front().bytes_sent == models + notices);
      CHECK(log.reports.back().bytes_sent == log.wire_bytes);
    }
  }
}

TEST_CASE("who is silent is named") {
  const auto runtime = without_training();
  auto world = make_run(runtime, options(2, "notices")).make();
  world->start();
  world->take_down(5, in_flight::lost);
  world->run();
  CHECK_FALSE(world->all_finished());
  CHECK(world->at(0).waiting_for().nodes == std::vector<node_id>{5});
  CHECK(world->at(0).waiting_for().what == "notices of round 0");
}

TEST_CASE("with choices from the seed, nodes are lost at any moment and nobody waits for ever") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(n, size));
  for (std::uint64_t moment = 0; moment < 60; ++moment) {
    auto run = make_run(runtime, options(2));
    run.options.shuffle = moment;
    auto world = run.make();
    world->start();
    for (std::uint64_t i = 0; i < 3 * moment && world->step(); ++i) {
    }
    world->take_down(static_cast<node_id>(moment % n), moment % 2 == 0 ? in_flight::lost : in_flight::delivered);
    world->run();
    CHECK(world->all_finished());
  }
}

TEST_CASE("what is no notice of another node does not count as one") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(n, size));
  const auto run = make_run(runtime, options(2, "notices"));
  const auto expected = run.run();
  const auto world = run.make();
  for (round_number r = 0; r < rounds; ++r) {
    world->deliver(3, fragment_arrived{{3, r, own_kind(0), false, numbers_payload({})}});
    for (node_id sender = 0; sender < n; ++sender)
      world->deliver(3, fragment_arrived{{sender, r, own_kind(1), false, numbers_payload({})}});
  }
  world->start();
  world->run();
  REQUIRE(world->all_finished());
  CHECK(values_of(world->models()) == values_of(expected->models()));
}

TEST_CASE("a resumed epidemic run ends with the bits and bytes of one that went through") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(n, size));
  for (const std::string announce : {"seed", "notices"}) {
    CAPTURE(announce);
    check_resumes(make_run(runtime, options(2, announce)), {4});
  }
}

TEST_CASE("with a deadline, what has come by then is averaged, and what comes later counts in the next round") {
  const auto runtime = without_training();
  for (const auto latency : {1ms, 15ms}) {
    auto run = make_run(runtime, options(n - 1, "seed", 0.010), 2);
    run.options.latency = latency;
    run.context.evaluation.every = 1;
    const auto world = run.run();
    REQUIRE(world->all_finished());
    CHECK(world->now() >= 20ms);
    const auto models = values_of(world->models());
    for (std::size_t k = 0; k < size; ++k) {
      double mean = 0;
      for (node_id i = 0; i < n; ++i)
        mean += runtime.data().start[i][k] / double{n};
      for (node_id i = 0; i < n; ++i) {
        CHECK(models[i][k] == doctest::Approx(mean).epsilon(1e-5));
        const auto after_first = world->log(i).reports[0].model->values()[k];
        CHECK(after_first == doctest::Approx(latency < 10ms ? mean : runtime.data().start[i][k]).epsilon(1e-5));
      }
    }
  }
}

TEST_CASE("with a deadline nobody waits for a node that is silent") {
  const auto runtime = without_training();
  auto world = make_run(runtime, options(2, "seed", 0.010)).make();
  world->start();
  world->run(15ms);
  world->take_down(3, in_flight::lost);
  world->run();
  CHECK(world->all_finished());
}
