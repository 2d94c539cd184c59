#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/config/schema.hpp"
#include "core/result.hpp"

namespace rhizome::sharing {

/// Numbers as bytes. Const and stateless.
class value_codec {
public:
  virtual ~value_codec() = default;

  [[nodiscard]] virtual std::vector<std::byte> encode(std::span<const float> values) const = 0;
  /// As many as `out` has room for, from all of the bytes. bad_data: the bytes are not those of so many.
  [[nodiscard]] virtual result<void> decode(std::span<const std::byte> bytes, std::span<float> out) const = 0;
  /// Whether other numbers come back.
  [[nodiscard]] virtual bool lossy() const { return false; }
};

/// How much some codecs keep of a value.
struct value_precision {
  unsigned packed_bits = 8;       ///< of "packed": 2 to 16
  unsigned significant_bits = 16; ///< of "fpzip-lossy": 2 to 31
};

/// A value codec as the registry knows it.
struct value_codec_kind {
  std::string name;
  std::string sentence;
  std::unique_ptr<value_codec> (*make)(const value_precision&);
  std::vector<config::key> keys = {}; ///< of [sharing.codec], with this choice only
};

/// float32, all bits.
[[nodiscard]] value_codec_kind raw_values();
/// IEEE 754 half precision, rounded to nearest, ties to even; beyond 65,504 infinity.
[[nodiscard]] value_codec_kind fp16_values();
/// The upper half of a float32, rounded to nearest, ties to even.
[[nodiscard]] value_codec_kind bf16_values();
/// float32 with its bytes sorted by significance, then Zstandard.
[[nodiscard]] value_codec_kind zstd_values();
/// The same with LZ4.
[[nodiscard]] value_codec_kind lz4_values();
/// The nearest of 2^bits - 1 evenly spaced numbers up to the largest magnitude, 0 among them.
[[nodiscard]] value_codec_kind packed_values();
/// fpzip (Lindstrom and Isenburg, "Fast and efficient compression of floating-point data", 2006), all bits.
[[nodiscard]] value_codec_kind fpzip_values();
/// The same after the lower bits were cut off.
[[nodiscard]] value_codec_kind fpzip_lossy_values();

[[nodiscard]] const std::vector<value_codec_kind>& value_codecs();

} // namespace rhizome::sharing
