#include <cmath>
#include <set>
#include <string>

#include "core/learning/algorithms.hpp"
#include "core/random.hpp"
#include "tests/core/sharing/strategies/dense.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

namespace {

/// Adds places in [first, end) of which each is the next one with probability 1/4: a gap is k or more with probability
/// 0.75^k.
void draw(random_stream& random, std::size_t first, std::size_t end, std::set<std::size_t>& places) {
  for (std::size_t next = first;; ++next) {
    const double u = random.bits32() * 0x1p-32;
    for (double at_least = 0.75; u < std::floor(at_least * 0x1p32) * 0x1p-32; at_least *= 0.75)
      ++next;
    if (next >= end)
      return;
    places.insert(next);
  }
}

/// The places of a strategy that sends a quarter.
std::set<std::size_t> places_of(const std::string& name, bool per_layer, node_id node, round_number round) {
  std::set<std::size_t> places;
  random_stream random(run_context{}.seed, purpose::sharing, node, round);
  if (name == "round-robin") {
    for (std::size_t e = round % 4 * 3; e < round % 4 * 3 + 3; ++e) // ceil(0.25 * 12) = 3, four blocks
      places.insert(e);
  } else if (!per_layer) {
    draw(random, 0, size, places);
  } else {
    draw(random, 0, 5, places);
    if (places.empty())
      places.insert(random.below(5));
    const auto before = places.size();
    draw(random, 5, size, places);
    if (places.size() == before)
      places.insert(5 + random.below(7));
  }
  return places;
}

/// A run against the mixing of what is sent. The number of entries that all nodes have sent together.
std::size_t compare(const std::string& name, bool per_layer) {
  const auto weights = fresh_graphs();
  const auto problem = quadratic_runtime::random_problem(nodes, size, 3);
  const quadratic_runtime runtime(problem);
  auto x = start_of(problem);
  std::size_t entries = 0;
  for (round_number r = 0; r < rounds; ++r) {
    std::vector<std::set<std::size_t>> sent;
    for (node_id i = 0; i < nodes; ++i) {
      local_step(problem, i, x[i]);
      sent.push_back(places_of(name, per_layer, i, r));
      entries += sent[i].size();
    }
    x = mix_partly(weights(r), x, sent);
  }
  toy_run run(runtime, d_psgd(), nodes, rounds);
  run.options.views = dynamic_views(weights);
  auto keys = keys_of(name);
  keys.set("alpha", 0.25);
  if (per_layer)
    keys.set("per_layer", true);
  use(run, keys);
  check_run(run, x);
  return entries;
}

} // namespace

TEST_CASE("random and round-robin equal the mixing of what they send") {
  for (const std::string name : {"random", "round-robin"}) {
    CAPTURE(name);
    CHECK(static_cast<double>(compare(name, false)) / (nodes * rounds * size) == doctest::Approx(0.25).epsilon(0.1));
  }
}

TEST_CASE("random per layer equals the mixing of what it sends, at least one entry of each tensor") {
  CHECK(compare("random", true) > nodes * rounds * size / 4);
}

TEST_CASE("above its cap every strategy that has one sends the whole model") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(nodes, size, 3));
  toy_run run(runtime, d_psgd(), nodes, 4);
  run.options.views = static_views(metropolis_hastings(ring(nodes)));
  const auto full = values_of(run.run()->models());
  for (const std::string name : {"random", "top-k", "lower-bound-top-k", "top-k-plus-random", "random-alpha"}) {
    CAPTURE(name);
    auto keys = keys_of(name);
    keys.set("metadata_cap", 0.5);
    if (keys.has("alpha"))
      keys.set("alpha", 0.75);
    else
      keys.set("alphas", std::vector<double>{0.75});
    use(run, keys);
    CHECK(values_of(run.run()->models()) == full);
  }
}
