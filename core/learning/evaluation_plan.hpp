#pragma once

#include <cstdint>
#include <vector>

#include "core/learning/job.hpp"
#include "core/types.hpp"

namespace rhizome::learning {

/// When and what is evaluated: the same for the whole run, drawn once.
struct evaluation_plan {
  std::uint32_t rounds = 0;        ///< of the run; there is always an evaluation after the last one
  std::uint32_t every = 0;         ///< rounds; 0: only at the end
  std::vector<bool> nodes;         ///< [n] which nodes are evaluated
  std::uint64_t samples = 0;       ///< test samples; 0: all
  std::uint64_t final_samples = 0; ///< at the end; 0: all
  bool on_global = true;
  bool on_local = false;
  bool on_validation = false; ///< before the end, validation samples take the place of global test samples
  bool consensus = true;      ///< the average model and the consensus distance too
  bool average_at_end = true; ///< make the average model after the last round, whether it is evaluated or not

  /// Whether there is an evaluation when `done` rounds are done.
  [[nodiscard]] bool due(std::uint32_t done) const;

  /// The evaluations of a node's model in `model` when `done` rounds are done; usually none.
  [[nodiscard]] std::vector<evaluate_step> steps(node_id node, std::uint32_t done, slot model) const;

  /// Whether the average model is made when `done` rounds are done: for its evaluation, or because it is the result.
  [[nodiscard]] bool average_due(std::uint32_t done) const;

  /// The global samples of an evaluation when `done` rounds are done.
  [[nodiscard]] test_set global_at(std::uint32_t done) const;

  /// Test samples per evaluation when `done` rounds are done; 0: all.
  [[nodiscard]] std::uint64_t samples_at(std::uint32_t done) const;
};

/// Draws `count` of `n` nodes (0 or more than n: all) for the run.
[[nodiscard]] std::vector<bool> draw_evaluated_nodes(std::uint32_t n, std::uint32_t count, std::uint64_t seed);

} // namespace rhizome::learning
