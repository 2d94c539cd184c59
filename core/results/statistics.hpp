#pragma once

#include <cstdint>
#include <span>

#include "core/results/records.hpp"

namespace rhizome::results {

/// Mean, spread and range of some numbers.
struct statistics {
  std::uint32_t count = 0; ///< how many were measured
  double mean = not_measured;
  double std = not_measured; ///< of the population: divided by count, so that one value has 0
  double min = not_measured;
  double max = not_measured;
};

/// Statistics of the values that are not NaN, summed in the given order. None measured: everything is NaN.
/// The standard deviation is the population's (two passes), because the evaluated nodes are what is described, not a
/// sample from which others are estimated; numpy's default is the same.
[[nodiscard]] statistics describe(std::span<const double> values);

/// Fills the columns of loss, accuracy and a regression's errors of a round, global and local, from one evaluation.
/// `nodes` are in order of node id, so that the sums have the same bits in every run; `evaluated_nodes` becomes their
/// number.
void add_evaluation(std::span<const node_record> nodes, round_record& round);

} // namespace rhizome::results
