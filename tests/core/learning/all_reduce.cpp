#include <cmath>
#include <vector>

#include "core/learning/algorithms.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/quadratic_trainer.hpp"
#include "tests/support/toy_world.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

namespace {

constexpr std::size_t size = 3;

/// The mean over the nodes present of x - rate gradient, round after round, in double precision.
std::vector<double> exact_mean(const quadratic_runtime& runtime, std::uint32_t rounds, std::int64_t gone = -1,
                               round_number from = 0) {
  const auto& p = runtime.data();
  std::vector<std::vector<double>> x;
  for (const auto& start : p.start)
    x.emplace_back(start.begin(), start.end());
  std::vector<double> mean(size);
  for (round_number r = 0; r < rounds; ++r) {
    std::fill(mean.begin(), mean.end(), 0.0);
    double count = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (static_cast<std::int64_t>(i) == gone && r >= from)
        continue;
      ++count;
      for (std::size_t k = 0; k < size; ++k)
        mean[k] += x[i][k] - p.optimizer.rate * p.a[i] * (x[i][k] - p.b[i][k]);
    }
    for (double& m : mean)
      m /= count;
    std::fill(x.begin(), x.end(), mean);
  }
  return mean;
}

} // namespace

TEST_CASE("all-reduce gives every node the exact mean, in any order of arrival") {
  constexpr std::uint32_t rounds = 4;
  for (const std::uint32_t n : {1U, 2U, 3U, 7U, 8U, 13U}) {
    CAPTURE(n);
    const quadratic_runtime runtime(quadratic_runtime::random_problem(n, size));
    toy_run run(runtime, all_reduce(), n, rounds);
    run.options.record_sent = true;
    const auto reference = values_of(run.run()->models());
    const auto expected = exact_mean(runtime, rounds);
    for (std::size_t k = 0; k < size; ++k)
      CHECK(reference[0][k] == doctest::Approx(expected[k]).epsilon(1e-5));
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      run.options.shuffle = seed;
      run.options.over_the_wire = seed % 2 == 0;
      run.options.delayed = seed % n;
      const auto world = run.run();
      REQUIRE(world->all_finished());
      CHECK(values_of(world->models()) == std::vector(n, reference[0]));
      std::uint64_t bytes = 0, messages = 0;
      for (node_id node = 0; node < n; ++node) {
        CHECK(world->log(node).reports.back().bytes_sent == world->log(node).wire_bytes);
        bytes += world->log(node).wire_bytes;
        messages += world->log(node).sent.size();
      }
      CHECK(messages == rounds * 2 * (n - 1));
      CHECK(bytes == messages * (fragment_header_size + sizeof(double) + size * sizeof(float)));
    }
  }
}

TEST_CASE("an isolated node is left out of the mean, and passes its children's sums on") {
  constexpr std::uint32_t n = 11, rounds = 5;
  for (const node_id bad : {0U, 4U, 8U, 10U}) {
    CAPTURE(bad);
    auto problem = quadratic_runtime::random_problem(n, size);
    problem.poisoned = [bad](node_id node, std::uint64_t batch) { return node == bad && batch >= 2; };
    const quadratic_runtime runtime(problem);
    toy_run run(runtime, all_reduce(), n, rounds);
    run.context.on_nonfinite = nonfinite_policy::isolate;
    run.options.shuffle = bad;
    const auto world = run.run();
    REQUIRE(world->all_finished());
    const auto expected = exact_mean(runtime, rounds, bad, 2);
    const auto models = world->models();
    for (node_id node = 0; node < n; ++node) {
      CHECK((models[node] == nullptr) == (node == bad));
      for (std::size_t k = 0; models[node] && k < size; ++k)
        CHECK(models[node]->values()[k] == doctest::Approx(expected[k]).epsilon(1e-5));
    }
  }
}

TEST_CASE("fragments of an earlier round and second copies change nothing") {
  constexpr std::uint32_t n = 4, rounds = 3;
  const quadratic_runtime runtime(quadratic_runtime::random_problem(n, size));
  toy_run run(runtime, all_reduce(), n, rounds);
  run.options.record_sent = true;
  const auto reference = run.run();
  auto world = run.make();
  world->start();
  std::vector<std::size_t> seen(n, 0);
  do
    for (node_id node = 1; node < n; ++node)
      for (; seen[node] < world->log(node).sent.size(); ++seen[node])
        if (auto f = world->log(node).sent[seen[node]].second; f.sender == 2 && f.round < world->log(0).reports.size())
          world->deliver(0, fragment_arrived{f});
  while (world->step());
  for (const auto& [time, f] : world->log(2).sent)
    world->deliver(0, fragment_arrived{f});
  world->run();
  REQUIRE(world->all_finished());
  CHECK(values_of(world->models()) == values_of(reference->models()));
}
