#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/data/dataset.hpp"

namespace rhizome::models::detail {

/// Makes batches of a data set: gathers samples and normalises them in one pass.
class batch_reader {
public:
  explicit batch_reader(const data::dataset& data);

  /// Writes (raw * scale - mean) / deviation of the named samples to `out` [indices, features].
  void read(const data::samples& from, std::span<const std::uint32_t> indices, float* out) const;

private:
  std::size_t features_;
  std::size_t run_; ///< neighbouring features with the same mean and deviation
  float scale_;
  std::vector<float> mean_;
  std::vector<float> deviation_;
};

} // namespace rhizome::models::detail
