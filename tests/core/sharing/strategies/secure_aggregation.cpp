#include <cmath>
#include <set>

#include "core/learning/algorithms.hpp"
#include "core/learning/registry.hpp"
#include "tests/core/sharing/strategies/dense.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

namespace {

using floats = std::vector<std::vector<float>>;

/// x_i = sum of w_ij x_j, each term rounded to 2^-fraction_bits and summed in integers.
std::vector<float> fixed_mix(const std::vector<double>& row, const floats& x, std::int64_t fraction_bits) {
  std::vector<float> mixed(x.front().size());
  const double unit = std::exp2(static_cast<double>(fraction_bits));
  for (std::size_t k = 0; k < mixed.size(); ++k) {
    std::int64_t sum = 0;
    for (std::size_t j = 0; j < x.size(); ++j)
      if (row[j] > 0)
        sum += static_cast<std::int64_t>(std::nearbyint(row[j] * static_cast<double>(x[j][k]) * unit));
    mixed[k] = static_cast<float>(static_cast<double>(sum) / unit);
  }
  return mixed;
}

/// What the nodes have after so many rounds of local steps and of that mixing.
floats plain(const quadratic_runtime& runtime, const weights_function& weights, std::uint32_t rounds_done,
             std::int64_t fraction_bits) {
  floats x = runtime.data().start;
  const auto trainer = runtime.make_trainer();
  for (round_number r = 0; r < rounds_done; ++r) {
    bool finite = true;
    for (node_id i = 0; i < x.size(); ++i)
      trainer->train(i, x[i], {}, {r, 1}, 0, finite);
    const auto w = weights(r);
    floats mixed;
    for (std::size_t i = 0; i < x.size(); ++i)
      mixed.push_back(fixed_mix(w[i], x, fraction_bits));
    x = std::move(mixed);
  }
  return x;
}

void use_secure(toy_run& run, double threshold = 0.5) {
  auto keys = keys_of("secure-aggregation");
  keys.set("threshold", threshold);
  use(run, keys);
}

/// A wheel: node 0 has all others for neighbours, these have three.
adjacency wheel(std::uint32_t n) {
  auto edges = no_edges(n);
  for (std::uint32_t i = 1; i < n; ++i) {
    const std::uint32_t next = i % (n - 1) + 1;
    edges[0][i] = edges[i][0] = edges[i][next] = edges[next][i] = true;
  }
  return edges;
}

} // namespace

TEST_CASE("secure aggregation is plain mixing in fixed point, in every bit, in any order and over the wire") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(nodes, size));
  const std::vector<weights_function> graphs{fixed_ring(), fresh_graphs(),
                                             [w = metropolis_hastings(complete(nodes))](round_number) { return w; },
                                             [w = metropolis_hastings(wheel(nodes))](round_number) { return w; }};
  for (const auto& graph : graphs)
    for (const std::string modulus : {"2^64", "2^32"}) {
      CAPTURE(modulus);
      toy_run run(runtime, d_psgd(), nodes, rounds);
      run.options.views = dynamic_views(graph);
      auto keys = keys_of("secure-aggregation");
      const std::int64_t fraction_bits = modulus == "2^32" ? 22 : 32;
      keys.set("modulus", modulus);
      keys.set("range", 64.0);
      keys.set("fraction_bits", fraction_bits);
      use(run, keys);
      const auto expected = plain(runtime, graph, rounds, fraction_bits);
      for (const std::uint64_t order : {0U, 1U, 2U}) {
        if (order > 0)
          run.options.shuffle = order;
        run.options.over_the_wire = order == 2;
        const auto world = run.run();
        REQUIRE(world->all_finished());
        CHECK(values_of(world->models()) == expected);
      }
    }
}

TEST_CASE("the result does not depend on the keys, but every byte that is sent does") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(nodes, size));
  const auto run_with = [&](std::uint64_t seed) {
    toy_run run(runtime, d_psgd(), nodes, 3);
    run.options.views = dynamic_views(fresh_graphs());
    run.options.record_sent = true;
    run.context.seed = seed;
    use_secure(run);
    return run.run();
  };
  const auto a = run_with(1), b = run_with(2);
  CHECK(values_of(a->models()) == values_of(b->models()));
  REQUIRE(a->log(0).sent.size() == b->log(0).sent.size());
  for (std::size_t i = 0; i < a->log(0).sent.size(); ++i)
    CHECK(a->log(0).sent[i].second.body->bytes != b->log(0).sent[i].second.body->bytes);
}

TEST_CASE("bytes are the messages, with shares of keys, and 32 for each public key that was needed") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(nodes, size));
  toy_run run(runtime, d_psgd(), nodes, 3);
  run.options.views = static_views(metropolis_hastings(complete(nodes)));
  use_secure(run);
  const auto world = run.run();
  const auto& log = world->log(0);
  const std::size_t tail = 6 * 16 + 7 * (6 * 32 + 16);
  CHECK(log.wire_bytes == 3 * 7 * (fragment_header_size + 8 * size + tail));
  CHECK(log.reports.back().bytes_sent == log.wire_bytes + 32 * 7);
  run.options.views = static_views(metropolis_hastings(ring(nodes)));
  const auto on_ring = run.run();
  CHECK(on_ring->log(0).reports.back().bytes_sent == 3 * 2 * (fragment_header_size + 8 * size) + 32 * 2);
}

TEST_CASE("a receiver with a single sender gets nothing and keeps its own model") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(3, size));
  toy_run run(runtime, d_psgd(), 3, 1);
  auto path = no_edges(3);
  path[0][1] = path[1][0] = path[1][2] = path[2][1] = true;
  const auto w = metropolis_hastings(path);
  run.options.views = static_views(w);
  run.options.record_sent = true;
  use_secure(run);
  const auto world = run.run();
  REQUIRE(world->all_finished());
  for (const auto& [time, fragment] : world->log(1).sent)
    CHECK(fragment.body == nullptr);
  const auto alone = plain(
      runtime,
      [](round_number) {
        return matrix{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
      },
      1, 32);
  const auto models = values_of(world->models());
  CHECK(models[1] == plain(
                         runtime, [&](round_number) { return w; }, 1, 32)[1]);
  for (std::size_t k = 0; k < size; ++k)
    CHECK(models[0][k] == doctest::Approx(alone[0][k]).epsilon(1e-6));
}

TEST_CASE("a run with masks resumes to the bit and to the byte, on graphs that change") {
  auto problem = quadratic_runtime::random_problem(nodes, size);
  problem.optimizer.momentum = 0.5F;
  const quadratic_runtime runtime(problem);
  toy_run run(runtime, d_psgd(), nodes, 9);
  run.options.views = dynamic_views(fresh_graphs());
  use_secure(run);
  check_resumes(run, {1, 2, 5, 8});
}

TEST_CASE("secure aggregation is refused where words are too small, or where there is no weighted sum to hide in") {
  const auto complaint = [](const std::string& key, const std::vector<std::pair<std::string, config::value>>& changes,
                            const std::string& algorithm = "d-psgd") {
    auto keys = keys_of("secure-aggregation");
    for (const auto& [name, value] : changes)
      keys.set(name, value);
    config::document document;
    document.set("sharing", keys);
    document.set("sharing.codec", config::defaults(sharing::codec_schema()));
    document.set("model", config::section({{"buffers", std::string("shared")}}));
    document.set("algorithm", config::defaults(algorithm_schema(), algorithm));
    document.set("aggregation", config::defaults(aggregation_schema()));
    const auto problems = sharing::schema().check(document);
    REQUIRE(problems.size() == (key.empty() ? 0 : 1));
    return problems.empty() || problems[0].key != key ? std::string() : problems[0].sentence;
  };
  CHECK(complaint("", {}).empty());
  CHECK(
      complaint("", {{"modulus", std::string("2^32")}, {"fraction_bits", std::int64_t{22}}, {"range", 64.0}}).empty());
  CHECK(complaint("sharing.range", {{"modulus", std::string("2^32")}}) ==
        "sums of entries up to 65536 with 32 fraction_bits do not fit a modulus of 2^32: expected 4 x range x "
        "2^fraction_bits up to 2^31; choose fewer fraction_bits, a smaller range or the modulus \"2^64\"");
  CHECK(complaint("algorithm.name", {}, "local") ==
        "sharing \"secure-aggregation\" masks by the graph of [topology], which shows a node the neighbours of its "
        "neighbours, and \"local\" does not use it; choose \"d-psgd\", \"el-oracle\", \"peer-sampling\" with "
        "algorithm.sampler = \"central\", or sharing \"full\"");
}
