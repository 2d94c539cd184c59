#include "core/learning/algorithms.hpp"
#include "tests/core/sharing/strategies/dense.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

TEST_CASE("a run with a strategy that keeps state resumes to the bit") {
  auto problem = quadratic_runtime::random_problem(nodes, size);
  problem.optimizer.momentum = 0.5F;
  const quadratic_runtime runtime(problem);
  for (const std::string name :
       {"top-k plain", "top-k whole", "random-alpha none", "choco", "wavelet plain", "jwins whole", "fft plain",
        "fft whole", "lower-bound-top-k plain", "top-k-plus-random whole"}) {
    CAPTURE(name);
    toy_run run(runtime, d_psgd(), nodes, 9);
    run.options.views = static_views(metropolis_hastings(ring(nodes)));
    const auto space = name.find(' ');
    auto keys = keys_of(name.substr(0, space));
    if (space != name.npos)
      keys.set("accumulation", name.substr(space + 1));
    use(run, keys);
    check_resumes(run, {1, 2, 5, 8});
  }
}

TEST_CASE("every strategy ends a run with any values codec, in the same bits whatever the order") {
  const quadratic_runtime runtime(quadratic_runtime::random_problem(nodes, size, 3));
  for (const auto& kind : sharing::strategies())
    for (const auto& values : sharing::value_codecs()) {
      CAPTURE(kind.schema.name);
      CAPTURE(values.name);
      toy_run run(runtime, d_psgd(), nodes, 5);
      run.options.views =
          kind.keeps_copies.empty() ? dynamic_views(fresh_graphs()) : static_views(metropolis_hastings(ring(nodes)));
      use(run, keys_of(kind.schema.name), "bitmap", values.name);
      const auto world = run.run();
      CHECK(world->all_finished());
      for (node_id i = 0; i < nodes; ++i) { // the sizes of the encoded messages, and of public keys that are looked up
        const auto beside = world->log(i).reports.back().bytes_sent - world->log(i).wire_bytes;
        CHECK(beside == (kind.schema.name == "secure-aggregation" ? 32 * (nodes - 1) : 0));
      }
      const auto once = values_of(world->models());
      run.options.shuffle = 11;
      run.options.over_the_wire = true;
      CHECK(values_of(run.run()->models()) == once);
    }
}
