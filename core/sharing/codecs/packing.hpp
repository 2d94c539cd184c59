#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace rhizome::sharing::detail {

/// Bytes of `count` numbers of `bits` bits each.
[[nodiscard]] constexpr std::size_t packed_size(std::size_t count, unsigned bits) {
  return (count * bits + 7) / 8;
}

/// Numbers of `bits` bits, 1 to 16, one after another as a bit_writer writes them from the beginning of a byte on; the
/// last byte is filled up with zeros. `bytes` has packed_size of them. 1, 4 and 8 bits go many at a time.
void pack(std::span<const std::uint32_t> numbers, unsigned bits, std::span<std::byte> bytes);
void unpack(std::span<const std::byte> bytes, unsigned bits, std::span<std::uint32_t> numbers);

} // namespace rhizome::sharing::detail
