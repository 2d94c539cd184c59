#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/learning/flat_vector.hpp"
#include "core/learning/fragment.hpp"
#include "core/result.hpp"

namespace rhizome::sharing {

// A fragment on the wire: a header of 48 bytes and the payload, all little-endian.
//
//   offset  bytes  field
//        0      4  magic "RHZ1"
//        4      2  version of this format
//        6      2  kind
//        8      2  codec
//       10      2  flags: bit 0 replaceable, bit 1 has a payload
//       12      4  sender
//       16      4  round
//       20      4  scalars: their number (float64 bits)
//       24      8  values: their number (float32 bits)
//       32      8  size of the encoded bytes
//       40      8  xxh3 of the header's first 40 bytes and the payload
//       48         scalars, values, encoded bytes

inline constexpr std::uint32_t wire_magic = 0x315A4852; // "RHZ1"
inline constexpr std::uint16_t wire_version = 1;

/// The bytes of a fragment: exactly f.wire_size() of them.
[[nodiscard]] std::vector<std::byte> encode(const learning::fragment& f);

/// What decoding checks sizes against before it allocates anything.
struct wire_limits {
  std::uint32_t nodes = 0;     ///< senders are below it
  std::uint64_t max_bytes = 0; ///< of encoded bytes
  std::uint32_t max_scalars = 64;
};

/// The fragment that `bytes` hold; a dense vector has the pool's vector size and comes from it. Refuses anything
/// malformed, of another size, or with a wrong checksum, with a sentence.
[[nodiscard]] result<learning::fragment> decode(std::span<const std::byte> bytes, const wire_limits& limits,
                                                learning::vector_pool& pool);

} // namespace rhizome::sharing
