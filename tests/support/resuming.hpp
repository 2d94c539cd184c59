#pragma once

#include <vector>

#include "tests/support/doctest.hpp"
#include "tests/support/toy_world.hpp"

namespace rhizome::test {

/// Checks that a run which comes to rest before such a round, is saved and is taken up by new learners ends with the
/// bits, bytes and losses of one that went through.
inline void check_resumes(const toy_run& run, const std::vector<round_number>& boundaries) {
  const auto reference = run.run();
  REQUIRE(reference->all_finished());
  for (const auto boundary : boundaries) {
    CAPTURE(boundary);
    const auto interrupted = run.make();
    interrupted->withhold_views_from(boundary);
    interrupted->start();
    interrupted->run();
    std::vector<learning::state> states;
    for (node_id node = 0; node < interrupted->size(); ++node)
      states.push_back(interrupted->at(node).save());
    const auto resumed = run.resume(states);
    resumed->start();
    resumed->run();
    REQUIRE(resumed->all_finished());
    CHECK(values_of(resumed->models()) == values_of(reference->models()));
    for (node_id node = 0; node < resumed->size(); ++node) {
      CAPTURE(node);
      const auto& last = resumed->log(node).reports.back();
      const auto& expected = reference->log(node).reports.back();
      CHECK(last.bytes_sent == expected.bytes_sent);
      CHECK(last.train_loss == expected.train_loss);
    }
  }
}

} // namespace rhizome::test
