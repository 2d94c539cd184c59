#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/data/dataset.hpp"

namespace rhizome::data {

/// What the random numbers of purpose::partition are drawn for: the stream's subject. Append only.
enum class draw : std::uint32_t {
  train_owners = 0,  ///< which node gets which training sample; index = the attempt
  test_owners = 1,   ///< which node gets which test sample; index = the class
  train_subset = 2,  ///< `data.train_samples`
  test_subset = 3,   ///< `data.test_samples`
  test_fraction = 4, ///< the part of one file that becomes the test set
  validation = 5     ///< `data.validation`
};

/// `size` of the numbers 0 to count - 1, each subset equally likely, in ascending order. `size` is at most `count`.
[[nodiscard]] std::vector<std::uint32_t> random_subset(std::uint32_t count, std::uint32_t size, std::uint64_t seed,
                                                       draw what);

/// A copy of the named samples, in the order of `indices`. `features` is the length of one sample.
[[nodiscard]] samples select(const samples& from, std::size_t features, std::span<const std::uint32_t> indices);

} // namespace rhizome::data
