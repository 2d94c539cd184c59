#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/learning/flat_vector.hpp"
#include "core/learning/fragment.hpp"
#include "core/result.hpp"

namespace rhizome::sharing {

// What crosses from machine to machine is a parcel: one fragment and all its receivers on the other side, so that it
// crosses once however many those are. All numbers are little-endian.
//
//   offset  bytes  field
//        0      4  receivers: their number R
//        4      2  channel
//        6      2  0
//        8      8  size of the parcel, from its first byte to its last
//       16     4R  receivers, ascending
//
// Then, at offset 16 + 4R, the fragment: its header of 48 bytes and its payload.
//
//        0      4  magic "RHZ1"
//        4      2  version of this format
//        6      2  kind
//        8      2  codec
//       10      2  flags: bit 0 replaceable, bit 1 has a payload, bit 2 the payload has buffers
//       12      4  sender
//       16      4  round
//       20      4  scalars: their number (float64 bits)
//       24      8  values: their number (float32 bits)
//       32      8  size of the encoded bytes
//       40      8  checksum: xxh3 of everything before it, seeded with the xxh3 of the payload
//       48         payload: scalars, values, buffers, encoded bytes; there are as many buffers as the model has

inline constexpr std::uint32_t wire_magic = 0x315A4852; // "RHZ1"
inline constexpr std::uint16_t wire_version = 2;
inline constexpr std::size_t parcel_header_size = 16;

/// Who takes a parcel on the other machine. A link only routes by it.
enum class parcel_channel : std::uint16_t {
  nodes = 0,    ///< the receivers, as a fragment from the sender
  averager = 1, ///< the averager: a partial sum of models, or a model
  donation = 2, ///< the receivers, as the model that they start from after their machine was lost
};

/// A fragment and where it goes on one other machine.
struct parcel {
  learning::fragment fragment;
  parcel_channel channel = parcel_channel::nodes;
  std::vector<node_id> receivers; ///< ascending, without repetitions; not empty but for the averager
};

/// What is accepted, checked before anything of a model's size is allocated.
struct wire_limits {
  std::uint32_t nodes = 0;     ///< senders and receivers are below it
  std::uint64_t max_bytes = 0; ///< of encoded bytes; below 2^62
  std::uint32_t max_scalars = 64;
  /// Where a model's float buffers are apart from what is shared: values of a dense vector between nodes (0: as many as
  /// the pool's vectors have), and buffers that a payload between nodes may have beside them.
  std::uint64_t parameters = 0;
  std::uint64_t buffers = 0;
  std::function<bool(node_id)> from_peer = {};   ///< whether the peer may send for that node; null: for all
  std::function<bool(node_id)> placed_here = {}; ///< whether that node is on this machine; null: all are
};

/// The bytes of a parcel in one piece: parcel_wire_size(p) of them.
[[nodiscard]] std::vector<std::byte> encode(const parcel& p);

/// The parcel that `bytes` hold, as a parcel_reader reads it.
[[nodiscard]] result<parcel> decode(std::span<const std::byte> bytes, const wire_limits& limits,
                                    learning::vector_pool& pool);

/// What a fragment takes on the wire with so many receivers, in bytes. (What results report as sent is the fragment's
/// own wire_size() for each receiver.)
[[nodiscard]] std::size_t parcel_wire_size(const learning::fragment& f, std::size_t receivers) noexcept;

} // namespace rhizome::sharing
