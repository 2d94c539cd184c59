#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace rhizome::sharing {

/// Numbers as bytes. Const and stateless.
class value_codec {
public:
  virtual ~value_codec() = default;

  [[nodiscard]] virtual std::vector<std::byte> encode(std::span<const float> values) const = 0;
  /// `count` of them from all of the bytes. bad_data: the bytes are not those of so many.
  [[nodiscard]] virtual result<std::vector<float>> decode(std::span<const std::byte> bytes,
                                                          std::uint32_t count) const = 0;
  /// Whether other numbers come back.
  [[nodiscard]] virtual bool lossy() const { return false; }
};

/// A value codec as the registry knows it.
struct value_codec_kind {
  std::string name;
  std::string sentence;
  std::unique_ptr<value_codec> (*make)();
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

[[nodiscard]] const std::vector<value_codec_kind>& value_codecs();

} // namespace rhizome::sharing
