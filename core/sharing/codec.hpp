#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/config/schema.hpp"
#include "core/result.hpp"

namespace rhizome::sharing {

/// Some entries of a vector of `size` numbers: values[i] stands at indices[i].
struct entries {
  std::uint32_t size = 0;
  std::vector<std::uint32_t> indices; ///< strictly ascending, below size
  std::vector<float> values;          ///< as many
};

/// How numbers and their places in a vector become bytes, chosen apart from what is sent. Const and stateless: shared
/// by all nodes and threads. Bytes come from other machines: whatever they are, decoding ends with entries that have
/// the properties above or with bad_data, and takes no more memory than `size` or `count` entries need.
class codec {
public:
  virtual ~codec() = default;

  /// Numbers with their places: `indices` strictly ascending and below `size`, as many as `values`.
  [[nodiscard]] virtual std::vector<std::byte> encode(std::uint32_t size, std::span<const std::uint32_t> indices,
                                                      std::span<const float> values) const = 0;
  [[nodiscard]] virtual result<entries> decode(std::span<const std::byte> bytes, std::uint32_t size) const = 0;

  /// Numbers whose places the receiver knows: all of a vector, a block of it, or those that a shared seed draws.
  [[nodiscard]] virtual std::vector<std::byte> encode_values(std::span<const float> values) const = 0;
  [[nodiscard]] virtual result<std::vector<float>> decode_values(std::span<const std::byte> bytes,
                                                                 std::uint32_t count) const = 0;

  /// Whether decoding gives other numbers than were encoded. What a sender keeps of its own message (a public copy, an
  /// error memory) is then what the codec makes of it.
  [[nodiscard]] virtual bool lossy() const = 0;
};
using codec_ptr = std::shared_ptr<const codec>;

} // namespace rhizome::sharing
