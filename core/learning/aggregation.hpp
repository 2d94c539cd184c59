#pragma once

#include <memory>
#include <span>
#include <string>

#include "core/config/schema.hpp"
#include "core/learning/kernels.hpp"

namespace rhizome::learning {

/// How a node makes one model of its own and the received ones. Const and stateless: shared by all nodes and threads.
class aggregation_rule {
public:
  virtual ~aggregation_rule() = default;

  /// out = rule(own, received); all of one size, `received` in order of sender id. Weights are the round's mixing
  /// weights: they sum to 1 with own's if every neighbour sent its model.
  virtual void aggregate(std::span<float> out, weighted_vector own,
                         std::span<const weighted_vector> received) const = 0;
};
using aggregation_rule_ptr = std::shared_ptr<const aggregation_rule>;

/// A rule as the registry knows it.
struct aggregation_kind {
  config::variant schema;
  aggregation_rule_ptr (*make)(const config::section&);
};

/// sum_j w_ij x_j. The weight of neighbours that sent nothing goes to the node's own model.
[[nodiscard]] aggregation_kind weighted_mean();

} // namespace rhizome::learning
