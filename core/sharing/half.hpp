#pragma once

#include <bit>
#include <cstdint>

namespace rhizome::sharing {

namespace detail {

/// By masks: a choice between floats' bits that the compiler would rather make a branch of.
[[nodiscard]] inline std::uint32_t choose(bool first, std::uint32_t a, std::uint32_t b) noexcept {
  const std::uint32_t mask = 0U - static_cast<std::uint32_t>(first);
  return (a & mask) | (b & ~mask);
}

} // namespace detail

// All of these are without branches, so that a loop over them becomes vector instructions, and without denormal floats:
// trainers' threads take those for zero, and what a half stands for must not depend on the thread.

/// float32 to IEEE 754 half precision, rounded to nearest, ties to even. Beyond 65,504 it is infinity; below 2^-25
/// zero. NaN stays NaN.
[[nodiscard]] inline std::uint16_t to_fp16(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t magnitude = bits & 0x7FFFFFFFU;
  // In normal numbers 13 bits are rounded away, and a carry goes into the exponent, where it belongs.
  const std::uint32_t normal = (magnitude + 0xFFFU + (magnitude >> 13 & 1U) - (112U << 23)) >> 13;
  // Below 2^-14 they are multiples of 2^-24, the last digit of a float32 between 1/2 and 1: adding 1/2 rounds to them.
  const std::uint32_t small =
      std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5F) - std::bit_cast<std::uint32_t>(0.5F);
  const std::uint32_t special = magnitude > 0x7F800000U ? 0x7E00U : 0x7C00U;
  const std::uint32_t finite = detail::choose(magnitude < 0x38800000U, small, normal);
  const std::uint32_t half = detail::choose(magnitude >= 0x477FF000U, special, finite); // rounds to 65,536 or more
  return static_cast<std::uint16_t>((bits >> 16 & 0x8000U) | half);
}

/// The float32 of the same value: exact.
[[nodiscard]] inline float from_fp16(std::uint16_t half) noexcept {
  const std::uint32_t sign = (half & 0x8000U) << 16;
  const std::uint32_t magnitude = half & 0x7FFFU;
  const std::uint32_t normal = (magnitude << 13) + (112U << 23);
  const std::uint32_t special = magnitude << 13 | 0x7F800000U;
  const auto small =
      std::bit_cast<std::uint32_t>(static_cast<float>(static_cast<std::int32_t>(magnitude)) * 0x1.0p-24F);
  const std::uint32_t finite = detail::choose(magnitude < 0x400U, small, normal);
  return std::bit_cast<float>(sign | detail::choose(magnitude >= 0x7C00U, special, finite));
}

/// float32 to its upper half (bfloat16), rounded to nearest, ties to even. NaN stays NaN.
[[nodiscard]] inline std::uint16_t to_bf16(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t rounded = (bits + 0x7FFFU + (bits >> 16 & 1U)) >> 16;
  const std::uint32_t nan = bits >> 16 | 0x40U;
  return static_cast<std::uint16_t>((bits & 0x7FFFFFFFU) > 0x7F800000U ? nan : rounded);
}

[[nodiscard]] inline float from_bf16(std::uint16_t half) noexcept {
  return std::bit_cast<float>(std::uint32_t{half} << 16);
}

} // namespace rhizome::sharing
