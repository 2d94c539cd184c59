// The overlay by label histograms, and D-PSGD on it.

#include <algorithm>
#include <bit>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/learning/algorithms.hpp"
#include "core/learning/registry.hpp"
#include "core/learning/view_maker.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/quadratic_trainer.hpp"
#include "tests/support/resuming.hpp"
#include "tests/support/toy_world.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

namespace {

constexpr std::uint32_t n = 32, groups = 4, rounds = 3;

/// Node i is of group i % 4 and has most of its samples in two classes of eight.
std::vector<std::vector<std::uint64_t>> grouped_histograms() {
  std::vector<std::vector<std::uint64_t>> histograms;
  for (node_id i = 0; i < n; ++i) {
    std::vector<std::uint64_t> counts(2 * groups, 1 + i % 3);
    counts[2 * (i % groups)] = 100 + i;
    counts[2 * (i % groups) + 1] = 120 - i;
    histograms.push_back(std::move(counts));
  }
  return histograms;
}

toy_run make_run(const quadratic_runtime& runtime, const std::string& order, const std::string& reveal) {
  toy_run run(runtime, knn(), n, rounds);
  run.parameters = config::defaults(algorithm_schema(), "knn");
  run.parameters.set("order", order);
  run.parameters.set("reveal", reveal);
  run.context.label_histograms = grouped_histograms();
  return run;
}

std::vector<std::set<node_id>> overlay_of(toy_world& world) {
  std::vector<std::set<node_id>> result(world.size());
  for (node_id i = 0; i < world.size(); ++i) {
    const auto saved = world.at(i).save();
    for (std::size_t k = 0; k < saved.counters.at("knn.neighbours"); ++k)
      result[i].insert(static_cast<node_id>(saved.counters.at(fmt::format("knn.neighbour.{}", k))));
  }
  return result;
}

} // namespace

TEST_CASE("the nearest are of the same group, and the farthest are not, whatever is revealed") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(n, 3));
  for (const std::string reveal : {"histogram", "noisy-histogram", "sketch"})
    for (const std::string order : {"nearest", "farthest"}) {
      CAPTURE(reveal);
      CAPTURE(order);
      const auto world = make_run(runtime, order, reveal).run();
      REQUIRE(world->all_finished());
      const auto overlay = overlay_of(*world);
      for (node_id i = 0; i < n; ++i) {
        CHECK(overlay[i].size() >= 4);
        CHECK_FALSE(overlay[i].contains(i));
        for (const node_id j : overlay[i]) {
          CHECK((i % groups == j % groups) == (order == "nearest"));
          CHECK(overlay[j].contains(i));
        }
      }
    }
}

TEST_CASE("nearest are those of greatest similarity: it is not the order of ascending similarity") {
  // DecentralizePy's KNN sorts ascending and keeps the first, which are the least similar.
  const quadratic_runtime runtime(quadratic_runtime::random_problem(3, 3));
  toy_run run(runtime, knn(), 3, 1);
  run.parameters = config::defaults(algorithm_schema(), "knn");
  run.parameters.set("neighbours", std::int64_t{1});
  run.context.label_histograms = {{10, 0}, {9, 1}, {0, 10}};
  const auto overlay = overlay_of(*run.run());
  CHECK(overlay[0] == std::set<node_id>{1});
}

TEST_CASE("equals do not all choose the same nodes") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(n, 3));
  auto run = make_run(runtime, "nearest", "histogram");
  run.context.label_histograms.assign(n, {5, 5});
  for (const auto& neighbours : overlay_of(*run.run()))
    CHECK(neighbours.size() <= 16);
}

TEST_CASE("learning on the overlay is D-PSGD with Metropolis-Hastings weights, to the bit and in any order") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(n, 3));
  auto run = make_run(runtime, "farthest", "sketch");
  const auto reference = run.run();
  auto edges = no_edges(n);
  const auto overlay = overlay_of(*reference);
  for (node_id i = 0; i < n; ++i)
    for (const node_id j : overlay[i])
      edges[i][j] = true;
  toy_run plain(runtime, d_psgd(), n, rounds);
  plain.options.views = static_views(metropolis_hastings(edges));
  const auto expected = values_of(plain.run()->models());
  const auto models = values_of(reference->models());
  for (node_id i = 0; i < n; ++i)
    for (std::size_t k = 0; k < 3; ++k)
      CHECK(models[i][k] == doctest::Approx(expected[i][k]).epsilon(1e-6));
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    run.options.shuffle = seed;
    run.options.over_the_wire = true;
    const auto world = run.run();
    REQUIRE(world->all_finished());
    CHECK(values_of(world->models()) == models);
    for (node_id node = 0; node < n; ++node) {
      CHECK(world->log(node).reports.back().bytes_sent == world->log(node).wire_bytes);
      CHECK(world->log(node).reports[0].bytes_sent == reference->log(node).reports[0].bytes_sent);
    }
  }
}

TEST_CASE("a sketch reveals its bits and no counts") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(n, 3));
  auto run = make_run(runtime, "nearest", "sketch");
  run.options.record_sent = true;
  const auto first_payload = [&] {
    const auto world = run.run();
    return world->log(0).sent.front().second.body->bytes;
  };
  const auto bytes = first_payload();
  CHECK(bytes.size() == 8); // 64 bits
  for (auto& counts : run.context.label_histograms)
    for (auto& count : counts)
      count *= 7;
  CHECK(first_payload() == bytes); // nor how many samples there are
}

TEST_CASE("descriptors of another size or without a similarity, and suggestions of them or of nobody, are overlooked") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(n, 3));
  const auto nan = std::bit_cast<std::uint32_t>(std::numeric_limits<float>::quiet_NaN());
  const auto write = [&](std::uint16_t kind, const std::vector<std::uint32_t>& numbers) {
    const auto world = make_run(runtime, "nearest", "histogram").make();
    for (node_id sender = 1; sender < n; ++sender)
      for (std::uint16_t t = 0; t < 20; ++t) { // two kinds for each construction round
        const auto of_round = own_kind(static_cast<std::uint16_t>(kind + 2 * t));
        world->deliver(0, fragment_arrived{{sender, 0, of_round, false, numbers_payload(numbers)}});
      }
    world->start();
    world->run();
    REQUIRE(world->all_finished());
    for (const auto& neighbours : overlay_of(*world))
      CHECK((neighbours.empty() || *neighbours.rbegin() < n));
    return overlay_of(*world)[0];
  };
  constexpr std::uint16_t descriptors = 2, suggestions = 3;
  const std::vector<std::uint32_t> right(2 * groups, 0), shorter(2 * groups - 1, 0), longer(2 * groups + 1, 0),
      none(2 * groups, nan);
  const auto of = [](node_id node, std::vector<std::uint32_t> numbers) {
    numbers.insert(numbers.begin(), node);
    return numbers;
  };
  for (const auto& wrong : {shorter, longer, none}) {
    CHECK_FALSE(write(descriptors, wrong).empty());        // it learns of others by their suggestions
    CHECK_FALSE(write(suggestions, of(1, wrong)).empty()); // and by their descriptors
  }
  CHECK_FALSE(write(suggestions, of(n, right)).empty());
}

TEST_CASE("all that builds the overlay is of round 0, which is all that other machines accept before it") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(n, 3));
  auto run = make_run(runtime, "nearest", "histogram");
  run.options.record_sent = true;
  const auto world = run.run();
  for (node_id node = 0; node < n; ++node)
    for (const auto& [time, fragment] : world->log(node).sent)
      if (fragment.kind != fragment_kind::model)
        CHECK(fragment.round == 0);
}

TEST_CASE("a resumed run keeps the overlay and counts the same bytes") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(n, 3));
  check_resumes(make_run(runtime, "nearest", "histogram"), {1, rounds - 1});
}
