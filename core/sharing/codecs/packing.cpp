#include "core/sharing/codecs/packing.hpp"

#include <algorithm>

#include "core/sharing/codecs/bits.hpp"
#include "core/vectorised.hpp"

namespace rhizome::sharing::detail {

namespace {

// Of whole bytes: `n` of them.

RHIZOME_VECTORISED void pack_1(const std::uint32_t* __restrict numbers, std::uint8_t* __restrict bytes, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    std::uint32_t byte = 0;
    for (unsigned k = 0; k < 8; ++k)
      byte |= numbers[8 * i + k] << (7 - k);
    bytes[i] = static_cast<std::uint8_t>(byte);
  }
}

RHIZOME_VECTORISED void pack_4(const std::uint32_t* __restrict numbers, std::uint8_t* __restrict bytes, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i)
    bytes[i] = static_cast<std::uint8_t>(numbers[2 * i] << 4 | numbers[2 * i + 1]);
}

RHIZOME_VECTORISED void pack_8(const std::uint32_t* __restrict numbers, std::uint8_t* __restrict bytes, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i)
    bytes[i] = static_cast<std::uint8_t>(numbers[i]);
}

RHIZOME_VECTORISED void unpack_1(const std::uint8_t* __restrict bytes, std::uint32_t* __restrict numbers,
                                 std::size_t n) {
  for (std::size_t i = 0; i < n; ++i)
    for (unsigned k = 0; k < 8; ++k)
      numbers[8 * i + k] = static_cast<std::uint32_t>(bytes[i]) >> (7 - k) & 1U;
}

RHIZOME_VECTORISED void unpack_4(const std::uint8_t* __restrict bytes, std::uint32_t* __restrict numbers,
                                 std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    numbers[2 * i] = static_cast<std::uint32_t>(bytes[i]) >> 4;
    numbers[2 * i + 1] = bytes[i] & 0xFU;
  }
}

RHIZOME_VECTORISED void unpack_8(const std::uint8_t* __restrict bytes, std::uint32_t* __restrict numbers,
                                 std::size_t n) {
  for (std::size_t i = 0; i < n; ++i)
    numbers[i] = bytes[i];
}

/// The whole bytes that numbers of so many bits fill; none where there is no quick way.
std::size_t quick_bytes(std::size_t numbers, unsigned bits) {
  return bits == 1 || bits == 4 || bits == 8 ? numbers * bits / 8 : 0;
}

} // namespace

void pack(std::span<const std::uint32_t> numbers, unsigned bits, std::span<std::byte> bytes) {
  const auto n = quick_bytes(numbers.size(), bits);
  auto* to = reinterpret_cast<std::uint8_t*>(bytes.data());
  if (bits == 1)
    pack_1(numbers.data(), to, n);
  else if (bits == 4)
    pack_4(numbers.data(), to, n);
  else if (bits == 8)
    pack_8(numbers.data(), to, n);
  bit_writer rest;
  for (const auto number : numbers.subspan(n * 8 / bits))
    rest.write(number, bits);
  std::ranges::copy(rest.take(), bytes.begin() + static_cast<std::ptrdiff_t>(n));
}

void unpack(std::span<const std::byte> bytes, unsigned bits, std::span<std::uint32_t> numbers) {
  const auto n = quick_bytes(numbers.size(), bits);
  const auto* from = reinterpret_cast<const std::uint8_t*>(bytes.data());
  if (bits == 1)
    unpack_1(from, numbers.data(), n);
  else if (bits == 4)
    unpack_4(from, numbers.data(), n);
  else if (bits == 8)
    unpack_8(from, numbers.data(), n);
  bit_reader rest(bytes.subspan(n));
  for (auto& number : numbers.subspan(n * 8 / bits))
    number = rest.read(bits);
}

} // namespace rhizome::sharing::detail
