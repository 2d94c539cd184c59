#pragma once

#include <cstdint>
#include <span>

#include "core/result.hpp"

namespace rhizome::sharing::detail {

// What every index codec says of bytes that it did not write.

[[nodiscard]] inline tl::unexpected<error> wrong_length(std::uint32_t count) {
  return fail(error_kind::bad_data, "the bytes are not those of {} indices", count);
}

[[nodiscard]] inline tl::unexpected<error> out_of_range(std::uint64_t index, std::uint32_t size) {
  return fail(error_kind::bad_data, "the index {} is not below the size of the vector, {}", index, size);
}

[[nodiscard]] inline result<void> check_ascending(std::span<const std::uint32_t> indices, std::uint32_t size) {
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (indices[i] >= size)
      return out_of_range(indices[i], size);
    if (i > 0 && indices[i] <= indices[i - 1])
      return fail(error_kind::bad_data, "the indices are not in ascending order");
  }
  return {};
}

/// Places from distances: the first one is counted from -1, so that every distance is at least 1. `next()` gives a
/// distance, 0 where the bytes have none.
template <class Next>
[[nodiscard]] result<std::vector<std::uint32_t>> sum_distances(std::uint32_t size, std::uint32_t count, Next next) {
  std::vector<std::uint32_t> indices(count);
  std::uint64_t after = 0; // one behind the last index
  for (auto& index : indices) {
    const std::uint64_t distance = next();
    if (distance == 0)
      return wrong_length(count);
    after += distance;
    if (after > size)
      return out_of_range(after - 1, size);
    index = static_cast<std::uint32_t>(after - 1);
  }
  return indices;
}

/// Calls `write(distance)` for each index.
template <class Write>
void each_distance(std::span<const std::uint32_t> indices, Write write) {
  std::uint32_t after = 0;
  for (const auto index : indices) {
    write(index - after + 1);
    after = index + 1;
  }
}

} // namespace rhizome::sharing::detail
