#include "core/learning/algorithms.hpp"
#include "tests/core/sharing/strategies/dense.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

TEST_CASE("random and round-robin equal the mixing of what they send") {
  for (const std::string name : {"random", "round-robin"}) {
    CAPTURE(name);
    const auto weights = fresh_graphs();
    const auto problem = quadratic_runtime::random_problem(nodes, size, 3);
    const quadratic_runtime runtime(problem);
    toy_run run(runtime, d_psgd(), nodes, rounds);
    auto x = start_of(problem);
    std::size_t entries = 0;
    for (round_number r = 0; r < rounds; ++r) {
      std::vector<std::set<std::size_t>> sent(nodes);
      for (node_id i = 0; i < nodes; ++i) {
        local_step(problem, i, x[i]);
        if (name == "round-robin") {
          for (std::size_t e = r % 4 * 3; e < r % 4 * 3 + 3; ++e) // ceil(0.25 * 12) = 3, four blocks
            sent[i].insert(e);
        } else {
          random_stream random(run.context.seed, purpose::sharing, i, r);
          for (double next = 0;; next += 1) { // a gap is k or more with probability 0.75^k
            const double u = random.bits32() * 0x1p-32;
            for (double at_least = 0.75; u < std::floor(at_least * 0x1p32) * 0x1p-32; at_least *= 0.75)
              next += 1;
            if (next >= static_cast<double>(size))
              break;
            sent[i].insert(static_cast<std::size_t>(next));
          }
        }
        entries += sent[i].size();
      }
      x = mix_partly(weights(r), x, sent);
    }
    run.options.views = dynamic_views(weights);
    auto keys = keys_of(name);
    keys.set("alpha", 0.25);
    use(run, keys);
    check_run(run, x);
    CHECK(static_cast<double>(entries) / (nodes * rounds * size) == doctest::Approx(0.25).epsilon(0.1));
  }
}
