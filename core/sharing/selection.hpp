#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/random.hpp"

namespace rhizome::sharing {

/// By what entries are ranked.
enum class ranking : std::uint8_t {
  change,          ///< |c|
  magnitude,       ///< |x|
  relative_change, ///< |c| / (|x| + 10^-8)
};
[[nodiscard]] ranking ranking_of(const std::string& name);

/// Which places of a vector a node sends: the greatest, and perhaps some by chance.
struct selection {
  ranking by = ranking::change;
  std::size_t width = 1;               ///< floats of one coefficient, which is chosen as a whole: 2 of complex ones
  std::vector<std::size_t> parts = {}; ///< sizes of what is ranked apart; empty: the whole vector at once
  bool half_random = false;            ///< half of the places are drawn from those that are not among the greatest
  double lower_bound = 0;              ///< above 0: beside the greatest, places that were sent in less than this share
                                       ///< of the rounds; at most this share of the number of the greatest
};

/// What places are chosen of.
struct candidates {
  std::span<const float> change;
  std::span<const float> model;
  std::span<const float> counts = {}; ///< how often each place was sent; for lower_bound only
  std::uint32_t rounds = 0;           ///< in so many
};

/// The places, ascending: of a share `alpha` of the coefficients, at least one. Chance takes a uniform sample without
/// replacement of the places that it may take, ascending, by the first steps of a Fisher-Yates shuffle.
[[nodiscard]] std::vector<std::uint32_t> choose(const selection& how, double alpha, const candidates& from,
                                                random_stream random);

} // namespace rhizome::sharing
