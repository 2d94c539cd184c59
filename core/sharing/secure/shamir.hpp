#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/sharing/secure/keys.hpp"

namespace rhizome::sharing::secure {

// Shares of a secret (Shamir, "How to share a secret", 1979) over GF(2^8), each byte of a key by itself: the values at
// x = 1, 2, ... of a random polynomial whose value at 0 is the secret. As many as its coefficients fix it, one fewer
// say nothing at all.

/// What one holder has.
struct share {
  std::uint8_t x = 0; ///< not 0
  key value{};
};

/// The shares at x = 1 ... count, of which `threshold` give the secret. `random` are the other coefficients: 32 bytes
/// for each but the first. count is below 256, threshold between 1 and count.
[[nodiscard]] std::vector<share> split(const key& secret, std::size_t count, std::size_t threshold,
                                       std::span<const std::uint8_t> random);

/// The secret that these shares, at different x, stand for.
[[nodiscard]] key join(std::span<const share> shares);

} // namespace rhizome::sharing::secure
