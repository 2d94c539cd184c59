// Federated averaging as a pure function, against the formula in double precision.

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

#include "core/learning/algorithms.hpp"
#include "core/learning/participation.hpp"
#include "core/learning/registry.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/quadratic_trainer.hpp"
#include "tests/support/toy_world.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

namespace {

constexpr std::uint32_t workers = 8, rounds = 6, local_steps = 2;

config::section options(double participation, bool weighted = false) {
  return config::section({{"name", std::string("fed-avg")}, {"participation", participation}, {"weighted", weighted}});
}

toy_run make_run(const quadratic_runtime& runtime, double participation, std::vector<std::uint64_t> samples = {}) {
  toy_run run(runtime, fed_avg(), workers, rounds);
  run.parameters = options(participation, !samples.empty());
  run.context.train_samples = std::move(samples);
  run.local_steps = local_steps;
  run.options.record_sent = true;
  return run;
}

/// x^{r+1} = sum_k n_k y_k / sum_k n_k over the participants but `without`.
std::vector<double> reference(const quadratic_runtime& runtime, double participation,
                              const std::vector<std::uint64_t>& samples = {}, node_id without = workers) {
  const auto& p = runtime.data();
  std::vector<double> x(p.start[workers].begin(), p.start[workers].end());
  for (round_number r = 0; r < rounds; ++r) {
    std::vector<double> sum(x.size(), 0.0);
    double total = 0;
    for (const node_id w : draw_participants(1, r, workers, participation)) {
      if (w == without)
        continue;
      const double weight = samples.empty() ? 1 : static_cast<double>(samples[w]);
      total += weight;
      for (std::size_t k = 0; k < x.size(); ++k) {
        double y = x[k];
        for (std::uint32_t s = 0; s < local_steps; ++s)
          y -= p.optimizer.rate * p.a[w] * (y - p.b[w][k]);
        sum[k] += weight * y;
      }
    }
    for (std::size_t k = 0; k < x.size(); ++k)
      x[k] = sum[k] / total;
  }
  return x;
}

void check_close(const std::vector<float>& model, const std::vector<double>& expected) {
  REQUIRE(model.size() == expected.size());
  for (std::size_t k = 0; k < model.size(); ++k)
    CHECK(model[k] == doctest::Approx(expected[k]).epsilon(1e-5));
}

} // namespace

TEST_CASE("the server's model follows the formula in whatever order things happen") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(workers + 1, 3));
  for (const double participation : {0.01, 0.4, 1.0}) {
    auto run = make_run(runtime, participation);
    run.context.evaluation.every = 3;
    const auto asked = participants_of(workers, participation);
    std::vector<float> first;
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      run.options.shuffle = seed;
      run.options.over_the_wire = seed % 2 == 1;
      const auto world = run.run();
      REQUIRE(world->all_finished());
      REQUIRE(world->size() == workers + 1);
      const auto model = values_of(world->models())[workers];
      check_close(model, reference(runtime, participation));
      if (seed == 0)
        first = model;
      CHECK(model == first); // the same bits
      const auto& server = world->log(workers);
      CHECK(server.sent.size() == rounds * asked);
      REQUIRE(server.reports.size() == rounds);
      CHECK(server.reports[2].evaluations.size() == 1);
      CHECK(server.reports[3].evaluations.empty());
      CHECK(server.reports[5].model != nullptr);
      CHECK(server.reports[5].bytes_sent == server.wire_bytes);
      std::size_t trained = 0;
      for (node_id w = 0; w < workers; ++w) {
        REQUIRE(world->log(w).reports.size() == rounds);
        for (const auto& r : world->log(w).reports) {
          CHECK(r.evaluations.empty());
          CHECK(r.model == nullptr);
          trained += std::isnan(r.train_loss) ? 0 : 1;
        }
      }
      CHECK(trained == rounds * asked);
    }
  }
}

TEST_CASE("weighted, a worker counts as much as it has samples") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(workers + 1, 3));
  const std::vector<std::uint64_t> samples{1, 20, 3, 40, 5, 60, 7, 80};
  const auto world = make_run(runtime, 0.5, samples).run();
  REQUIRE(world->all_finished());
  check_close(values_of(world->models())[workers], reference(runtime, 0.5, samples));
}

TEST_CASE("a worker that is no longer finite says so and is left out") {
  auto problem = quadratic_runtime::random_problem(workers + 1, 3);
  problem.poisoned = [](node_id node, std::uint64_t) { return node == 2; };
  const quadratic_runtime runtime(problem);
  auto run = make_run(runtime, 1.0);
  SUBCASE("isolated") {
    run.context.on_nonfinite = nonfinite_policy::isolate;
    const auto world = run.run();
    REQUIRE(world->all_finished());
    CHECK(world->log(2).diverged.size() == 1);
    check_close(values_of(world->models())[workers], reference(runtime, 1.0, {}, 2));
  }
  SUBCASE("stopped: the server names whom it waits for") {
    const auto world = run.run();
    CHECK_FALSE(world->all_finished());
    CHECK(world->at(workers).waiting_for().nodes == std::vector<node_id>{2});
  }
}

TEST_CASE("a late worker is waited for, and what nobody asked for is ignored") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(workers + 1, 3));
  auto run = make_run(runtime, 0.4);
  const auto asked = draw_participants(1, 0, workers, 0.4);
  run.options.delayed = asked.front();
  auto world = run.make();
  world->start();
  const auto stranger = asked.front() == 0 ? asked.back() + 1U : 0U;
  world->deliver(workers, event{fragment_arrived{{stranger % workers, 99, fragment_kind::model, false, nullptr}}});
  world->run();
  REQUIRE(world->all_finished());
  check_close(values_of(world->models())[workers], reference(runtime, 0.4));
}

TEST_CASE("participants are the share rounded up, each worker equally often") {
  CHECK(participants_of(8, 0.4) == 4);
  CHECK(participants_of(100, 0.07) == 7);
  CHECK(participants_of(8, 1e-6) == 1);
  CHECK(participants_of(8, 1.0) == 8);
  constexpr std::uint32_t draws = 8000;
  std::vector<double> often(workers, 0.0);
  for (round_number r = 0; r < draws; ++r) {
    const auto drawn = draw_participants(7, r, workers, 0.25);
    REQUIRE(drawn.size() == 2);
    REQUIRE(drawn[0] < drawn[1]);
    REQUIRE(drawn[1] < workers);
    for (const node_id w : drawn)
      often[w] += 1;
  }
  for (const double count : often) // binomial: mean 2000, deviation 39
    CHECK(std::abs(count - 2000) < 5 * 39);
}

TEST_CASE("peers are distinct other nodes, each equally often") {
  constexpr std::uint32_t draws = 7000;
  std::vector<double> often(workers, 0.0);
  for (round_number r = 0; r < draws; ++r) {
    const auto peers = draw_peers(7, r, 3, workers, 2);
    REQUIRE(peers.size() == 2);
    REQUIRE(peers[0] < peers[1]);
    for (const node_id peer : peers)
      often.at(peer) += 1;
  }
  CHECK(often[3] == 0);
  for (node_id peer = 0; peer < workers; ++peer)
    if (peer != 3)
      CHECK(std::abs(often[peer] - 2000) < 5 * 38);
  CHECK(draw_peers(7, 0, 3, 4, 9) == std::vector<node_id>{0, 1, 2});
}
