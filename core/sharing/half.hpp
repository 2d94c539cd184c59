#pragma once

#include <bit>
#include <cstdint>

namespace rhizome::sharing {

/// float32 to IEEE 754 half precision, rounded to nearest, ties to even. Beyond 65,504 it is infinity; below 2^-25
/// zero. NaN stays NaN.
[[nodiscard]] inline std::uint16_t to_fp16(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000U);
  const std::uint32_t magnitude = bits & 0x7FFFFFFFU;
  if (magnitude > 0x7F800000U)
    return static_cast<std::uint16_t>(sign | 0x7E00U);
  if (magnitude >= 0x477FF000U) // rounds to 65,536 or more
    return static_cast<std::uint16_t>(sign | 0x7C00U);
  const auto exponent = static_cast<int>(magnitude >> 23) - 127;
  if (exponent < -25)
    return sign;
  std::uint32_t significand = (magnitude & 0x007FFFFFU) | 0x00800000U;
  const int drop = exponent < -14 ? 13 + (-14 - exponent) : 13; // bits that are rounded away
  const std::uint32_t half = 1U << (drop - 1);
  const bool odd = (significand >> drop & 1U) != 0;
  significand += half - 1 + (odd ? 1 : 0);
  significand >>= drop;
  // In normal numbers the leading 1 is added to the exponent's field, and a carry goes where it belongs.
  const std::uint32_t base = exponent < -14 ? 0 : static_cast<std::uint32_t>(exponent + 14) << 10;
  return static_cast<std::uint16_t>(sign | (base + significand));
}

/// The float32 of the same value: exact.
[[nodiscard]] inline float from_fp16(std::uint16_t half) noexcept {
  const std::uint32_t sign = (half & 0x8000U) << 16;
  const std::uint32_t exponent = half >> 10 & 0x1FU;
  std::uint32_t significand = half & 0x3FFU;
  if (exponent == 0x1F)
    return std::bit_cast<float>(sign | 0x7F800000U | significand << 13);
  if (exponent != 0)
    return std::bit_cast<float>(sign | (exponent + 112) << 23 | significand << 13);
  if (significand == 0)
    return std::bit_cast<float>(sign);
  const int shift = std::countl_zero(significand) - 21; // to bring the leading 1 to bit 10
  significand = significand << shift & 0x3FFU;
  return std::bit_cast<float>(sign | static_cast<std::uint32_t>(113 - shift) << 23 | significand << 13);
}

/// float32 to its upper half (bfloat16), rounded to nearest, ties to even. NaN stays NaN.
[[nodiscard]] inline std::uint16_t to_bf16(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7FFFFFFFU) > 0x7F800000U)
    return static_cast<std::uint16_t>(bits >> 16 | 0x40U);
  return static_cast<std::uint16_t>((bits + 0x7FFFU + (bits >> 16 & 1U)) >> 16);
}

[[nodiscard]] inline float from_bf16(std::uint16_t half) noexcept {
  return std::bit_cast<float>(std::uint32_t{half} << 16);
}

} // namespace rhizome::sharing
