#pragma once

#include <span>
#include <utility>

namespace rhizome::learning {

/// A vector and its weight in a sum.
struct weighted_vector {
  std::span<const float> values;
  float weight = 0;
};

/// out = sum of weight x values over the terms, in their order; all of out's size. One pass over memory, block by block
/// in cache. `out` may be one of the terms. Without terms: zeros.
void weighted_sum(std::span<float> out, std::span<const weighted_vector> terms);

/// ||a - b||^2 in double precision, in the order of the entries' blocks: the same bits on every thread.
[[nodiscard]] double squared_distance(std::span<const float> a, std::span<const float> b);

} // namespace rhizome::learning
