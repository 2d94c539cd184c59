#include "core/sharing/secure/shamir.hpp"

#include <cassert>

namespace rhizome::sharing::secure {

namespace {

/// The product in GF(2^8) = GF(2)[x] / (x^8 + x^4 + x^3 + x + 1), in a time that does not depend on the factors.
constexpr std::uint8_t multiply(std::uint8_t a, std::uint8_t b) {
  unsigned product = 0;
  unsigned shifted = a;
  for (unsigned bit = 0; bit < 8; ++bit) {
    product ^= shifted & (0U - ((unsigned{b} >> bit) & 1U));
    shifted = (shifted << 1U) ^ (0x11BU & (0U - (shifted >> 7U)));
  }
  return static_cast<std::uint8_t>(product);
}

/// 1 / a = a^254.
constexpr std::uint8_t invert(std::uint8_t a) {
  std::uint8_t power = a;
  for (int i = 0; i < 6; ++i)
    power = multiply(multiply(power, power), a);
  return multiply(power, power);
}
static_assert(multiply(0x57, 0x83) == 0xC1 && multiply(0x53, invert(0x53)) == 1);

} // namespace

std::vector<share> split(const key& secret, std::size_t count, std::size_t threshold,
                         std::span<const std::uint8_t> random) {
  assert(threshold >= 1 && threshold <= count && count < 256 && random.size() == (threshold - 1) * secret.size());
  std::vector<share> shares(count);
  for (std::size_t i = 0; i < count; ++i) {
    auto& [x, value] = shares[i];
    x = static_cast<std::uint8_t>(i + 1);
    for (std::size_t c = threshold - 1; c > 0; --c) // Horner's rule
      for (std::size_t k = 0; k < value.size(); ++k)
        value[k] = multiply(static_cast<std::uint8_t>(value[k] ^ random[(c - 1) * value.size() + k]), x);
    for (std::size_t k = 0; k < value.size(); ++k)
      value[k] ^= secret[k];
  }
  return shares;
}

key join(std::span<const share> shares) {
  key secret{};
  for (const auto& [x, value] : shares) {
    // Lagrange's polynomial of x, at 0: the product of x' / (x' - x) over all others.
    std::uint8_t factor = 1;
    for (const auto& other : shares)
      if (other.x != x)
        factor = multiply(factor, multiply(other.x, invert(static_cast<std::uint8_t>(other.x ^ x))));
    for (std::size_t k = 0; k < secret.size(); ++k)
      secret[k] ^= multiply(factor, value[k]);
  }
  return secret;
}

} // namespace rhizome::sharing::secure
