#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

#include "core/sharing/strategy.hpp"

namespace rhizome::sharing {

/// Another basis for a model's vector, in which a strategy chooses what it sends, and its neighbours average. Both maps
/// are linear and keep lengths; inverse(forward(x)) = x up to rounding.
struct domain {
  std::shared_ptr<const learning::transform> forward; ///< null: the model's own basis
  std::shared_ptr<const learning::transform> inverse;
  std::size_t width = 1; ///< floats of one coefficient that stand together: 2 where it is complex
};

/// A multilevel discrete wavelet transform with orthonormal filters: "haar", "db2" or "sym2" (Daubechies, 1988; db2 and
/// sym2 are the same filters). It has as many coefficients as there are entries, whatever their number: each level
/// takes the signal for periodic, and where its length is odd the last entry goes to the next level as it is.
/// Coefficients stand from coarse to fine: [approximation | details of the last level | ... | of the first].
[[nodiscard]] domain wavelet_domain(std::size_t entries, const std::string& wavelet, unsigned levels);

/// The discrete Fourier transform of the vector with zeros up to the next even number n of entries that has no prime
/// factor above 5: its n/2 + 1 complex coefficients as [real, imaginary, real, ...], all times sqrt(2/n), so that they
/// are of the entries' order of magnitude.
[[nodiscard]] domain fourier_domain(std::size_t entries);

/// Throws std::logic_error where a transform is given another vector than the one that it was made for.
inline void expect_size(std::span<const float> in, std::size_t size) {
  if (in.size() != size)
    throw std::logic_error("a transform of " + std::to_string(size) + " entries was given " +
                           std::to_string(in.size()));
}

} // namespace rhizome::sharing
