#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/config/schema.hpp"
#include "core/config/sections.hpp"
#include "core/learning/aggregation.hpp"
#include "core/learning/evaluation_plan.hpp"
#include "core/learning/flat_vector.hpp"
#include "core/sharing/buffers.hpp"
#include "core/sharing/strategy.hpp"
#include "core/types.hpp"

namespace rhizome::learning {

using config::nonfinite_policy;

/// What all learners of a run share.
struct run_context {
  std::uint32_t nodes = 0; ///< of all roles
  std::uint32_t rounds = 0;
  std::uint64_t seed = 1;
  evaluation_plan evaluation;
  aggregation_rule_ptr aggregation;
  std::function<std::unique_ptr<sharing::strategy>(node_id)> make_strategy;
  std::vector<std::uint64_t> train_samples = {}; ///< of each node with data; empty: all alike
  /// Training samples of each class that each node with data has; empty for regression. A learner reads its own only.
  std::vector<std::vector<std::uint64_t>> label_histograms = {};
  std::size_t optimizer_vectors = 0; ///< state vectors of the optimizer: 0, 1 (momentum) or 2 (Adam)
  bool reset_optimizer = false;      ///< forget them after each round
  nonfinite_policy on_nonfinite = nonfinite_policy::stop;
  config::section codec = {}; ///< [sharing.codec], for algorithms that encode what they send themselves
  /// What of a vector, and how many of its buffers, travel from node to node; zeros: vectors travel whole.
  sharing::vector_parts apart = {};
  std::size_t compared = 0; ///< entries that the consensus distance is taken of, from the first on; 0: all
};

/// What one learner is made of.
struct node_context {
  std::shared_ptr<const run_context> run;
  node_id id = 0;
  snapshot initial;              ///< the model at the start of first_round: x^0, or a live neighbour's model
  std::uint32_t local_steps = 1; ///< optimizer steps in a round
  std::uint32_t role = 0;        ///< its index in algorithm::roles
  round_number first_round = 0;  ///< where it begins, below run->rounds; not 0 in a node that comes back
};

} // namespace rhizome::learning
