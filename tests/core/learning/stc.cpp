// Sparse ternary compression as a pure function, against algorithm 2 of Sattler et al., 2019, in double precision.

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/learning/algorithms.hpp"
#include "core/learning/participation.hpp"
#include "tests/core/sharing/strategies/dense.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

namespace {

constexpr std::uint32_t workers = nodes, local_steps = 2;
constexpr auto update_kind = fragment_kind::first_own;

/// All begin with the same model, far from the optimum, so that changes stay large.
quadratic_runtime::problem problem_of(std::uint64_t seed) {
  auto p = quadratic_runtime::random_problem(workers + 1, size, seed);
  for (auto& start : p.start)
    start = p.start.back();
  for (auto& b : p.b)
    for (auto& value : b)
      value *= 30;
  return p;
}

toy_run make_run(const quadratic_runtime& runtime, double participation, bool ternary = true, double alpha = 0.25) {
  toy_run run(runtime, stc(), workers, rounds);
  run.parameters = config::section(
      {{"name", std::string("stc")}, {"participation", participation}, {"alpha", alpha}, {"ternary", ternary}});
  run.context.codec = config::defaults(sharing::codec_schema());
  run.local_steps = local_steps;
  run.options.record_sent = true;
  return run;
}

/// C(v): k entries, all of their mean magnitude if ternary.
std::vector<double> compress(const std::vector<double>& v, bool ternary, double& gap) {
  const auto places = greatest(v, 3, gap);
  double mean = 0;
  for (const auto e : places)
    mean += std::abs(v[e]) / 3;
  std::vector<double> out(v.size(), 0.0);
  for (const auto e : places)
    out[e] = ternary ? std::copysign(mean, v[e]) : v[e];
  return out;
}

std::vector<double> solve(const quadratic_runtime::problem& p, double participation, bool ternary, double& gap) {
  std::vector<double> x(p.start.back().begin(), p.start.back().end());
  vectors errors(workers + 1, std::vector<double>(size, 0.0));
  for (round_number r = 0; r < rounds; ++r) {
    const auto taking_part = draw_participants(1, r, workers, participation);
    auto& change = errors[workers];
    for (const node_id w : taking_part) {
      auto y = x;
      for (std::uint32_t s = 0; s < local_steps; ++s)
        local_step(p, w, y);
      for (std::size_t e = 0; e < size; ++e)
        errors[w][e] += y[e] - x[e];
      const auto sent = compress(errors[w], ternary, gap);
      for (std::size_t e = 0; e < size; ++e) {
        errors[w][e] -= sent[e];
        change[e] += sent[e] / static_cast<double>(taking_part.size());
      }
    }
    const auto update = compress(change, ternary, gap);
    for (std::size_t e = 0; e < size; ++e) {
      change[e] -= update[e];
      x[e] += update[e];
    }
  }
  return x;
}

/// The first problem in which no choice of places is close.
quadratic_runtime::problem clear_problem(double participation, bool ternary) {
  for (std::uint64_t seed = 1; seed < 20'000; ++seed) {
    double gap = 1e-3;
    auto p = problem_of(seed);
    static_cast<void>(solve(p, participation, ternary, gap));
    if (gap >= 1e-3)
      return p;
  }
  FAIL("no problem is clear");
  return {};
}

std::vector<state> save_at(toy_world& world, round_number boundary) {
  world.withhold_views_from(boundary);
  world.start();
  world.run();
  std::vector<state> states;
  for (node_id node = 0; node <= workers; ++node)
    states.push_back(world.at(node).save());
  return states;
}

} // namespace

TEST_CASE("STC equals its formula, ternary or not, whoever takes part") {
  for (const bool ternary : {true, false})
    for (const double participation : {0.4, 1.0}) {
      CAPTURE(ternary);
      CAPTURE(participation);
      const auto problem = clear_problem(participation, ternary);
      const quadratic_runtime runtime(problem);
      double gap = 1;
      const auto expected = solve(problem, participation, ternary, gap);
      auto run = make_run(runtime, participation, ternary);
      std::vector<float> first;
      for (std::uint64_t seed = 0; seed < 6; ++seed) {
        run.options.shuffle = seed;
        run.options.over_the_wire = seed % 2 == 1;
        const auto world = run.run();
        REQUIRE(world->all_finished());
        const auto model = values_of(world->models())[workers];
        double scale = 1;
        for (const double value : expected)
          scale = std::max(scale, std::abs(value));
        CHECK(distance({model}, {expected}) < 1e-5 * scale);
        if (seed == 0)
          first = model;
        CHECK(model == first); // the same bits
        for (node_id node = 0; node <= workers; ++node)
          CHECK(world->log(node).reports.back().bytes_sent == world->log(node).wire_bytes);
      }
    }
}

TEST_CASE("after a round every participant holds the server's model, without its own changes") {
  const quadratic_runtime runtime(problem_of(1));
  for (const double participation : {0.4, 1.0})
    for (round_number after = 1; after <= 8; ++after) {
      auto run = make_run(runtime, participation);
      run.context.rounds = run.options.rounds = run.context.evaluation.rounds = after;
      const auto world = run.run();
      REQUIRE(world->all_finished());
      const auto models = values_of(world->models());
      for (const node_id w : draw_participants(1, after - 1, workers, participation))
        CHECK(models[w] == models[workers]);
    }
}

TEST_CASE("a worker that rested gets the updates that it has missed, or the model where that is smaller") {
  const quadratic_runtime runtime(problem_of(1));
  const auto models_sent = [&](double alpha, double participation) {
    const auto world = make_run(runtime, participation, true, alpha).run();
    REQUIRE(world->all_finished());
    const auto& sent = world->log(workers).sent;
    const auto whole = std::ranges::count(sent, fragment_kind::model, [](const auto& s) { return s.second.kind; });
    const auto updates = std::ranges::count(sent, update_kind, [](const auto& s) { return s.second.kind; });
    return std::pair(whole, updates);
  };
  // everybody takes part: one update a worker and round, nothing else
  CHECK(models_sent(0.25, 1.0) == std::pair<std::ptrdiff_t, std::ptrdiff_t>(0, rounds * workers));
  // here an update is, with its header, as large as half a model of 12 entries: two missed rounds are the model
  const auto [whole, updates] = models_sent(0.25, 0.4);
  CHECK(whole > 0);
  CHECK(updates > static_cast<std::ptrdiff_t>(rounds) * 4);
}

TEST_CASE("STC resumes to the bit, with its error memories and what it keeps for workers that rest") {
  auto problem = problem_of(1);
  problem.optimizer.momentum = 0.9F;
  const quadratic_runtime runtime(problem);
  auto run = make_run(runtime, 0.4);
  const auto reference = run.run();
  REQUIRE(reference->all_finished());
  for (const round_number boundary : {1U, 5U, 12U, rounds - 1}) {
    run.options.shuffle = boundary;
    const auto states = save_at(*run.make(), boundary);
    const auto again = run.resume(states);
    again->start();
    again->run();
    REQUIRE(again->all_finished());
    CHECK(values_of(again->models()) == values_of(reference->models()));
    for (node_id node = 0; node <= workers; ++node)
      CHECK(again->log(node).reports.back().bytes_sent == reference->log(node).reports.back().bytes_sent);
  }
}

TEST_CASE("a worker of STC that is no longer finite trains no more, and the others go on") {
  auto problem = problem_of(1);
  problem.poisoned = [](node_id node, std::uint64_t batch) { return node == 2 && batch >= 4; };
  const quadratic_runtime runtime(problem);
  auto run = make_run(runtime, 1.0);
  SUBCASE("isolated") {
    run.context.on_nonfinite = nonfinite_policy::isolate;
    const auto world = run.run();
    REQUIRE(world->all_finished());
    CHECK(world->log(2).diverged.size() == 1);
    const auto models = values_of(world->models());
    CHECK(models[2] == models[workers]); // it still follows
    CHECK(std::ranges::all_of(models[workers], [](float v) { return std::isfinite(v); }));
  }
  SUBCASE("stopped") {
    const auto world = run.run();
    CHECK_FALSE(world->all_finished());
    CHECK(world->at(workers).waiting_for().nodes == std::vector<node_id>{2});
  }
}
