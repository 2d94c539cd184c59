#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/random.hpp"

namespace rhizome::sharing {

// Places of a vector that a sender and its receivers draw from the same seed, so that nothing but values is sent. Both
// take integers from the stream and nothing from the mathematical library, whose last bit differs between machines.

/// Each place in [0, size) with probability `alpha`, independently. Draws gaps, about as many as there are places that
/// are chosen.
class place_sampler {
public:
  explicit place_sampler(double alpha);

  /// Appends offset + each place that is chosen, ascending.
  void draw(random_stream& random, std::size_t offset, std::size_t size, std::vector<std::uint32_t>& places) const;

  /// `count` of the places in [0, size), all sets with equal probability, ascending: draws, and takes away some or adds
  /// some of the others. Fastest where `count` is about alpha x size.
  [[nodiscard]] std::vector<std::uint32_t> draw_exactly(random_stream& random, std::size_t count,
                                                        std::size_t size) const;

private:
  /// How many places in a row are left out: at least k with probability (1 - alpha)^k.
  [[nodiscard]] std::uint64_t gap(random_stream& random) const;

  std::vector<std::uint32_t> at_least_; ///< [k]: 2^32 (1 - alpha)^k, from k = 1 down
  std::vector<std::uint16_t> guess_;    ///< by the highest bits of a number: at least so many
};

/// `count` of the places in [0, size), all sets with equal probability, ascending; in O(size / 64 + count).
[[nodiscard]] std::vector<std::uint32_t> draw_places(random_stream& random, std::size_t count, std::size_t size);

/// The values at these places.
[[nodiscard]] std::vector<float> pick(std::span<const float> values, std::span<const std::uint32_t> places);

} // namespace rhizome::sharing
