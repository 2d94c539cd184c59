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

/// Places in a vector as bytes. Const and stateless.
class index_codec {
public:
  virtual ~index_codec() = default;

  /// `indices` strictly ascending, below `size`.
  [[nodiscard]] virtual std::vector<std::byte> encode(std::uint32_t size,
                                                      std::span<const std::uint32_t> indices) const = 0;
  /// `count` of them, which is at most `size`, from all of the bytes. bad_data: they are not strictly ascending, not
  /// below `size`, or the bytes hold fewer or more.
  [[nodiscard]] virtual result<std::vector<std::uint32_t>> decode(std::span<const std::byte> bytes, std::uint32_t size,
                                                                  std::uint32_t count) const = 0;
};

/// An index codec as the registry knows it.
struct index_codec_kind {
  std::string name;
  std::string sentence;
  std::unique_ptr<index_codec> (*make)();
};

/// 4 bytes each.
[[nodiscard]] index_codec_kind raw_indices();
/// The distance to the one before, in groups of 7 bits.
[[nodiscard]] index_codec_kind delta_indices();
/// The distance to the one before in Elias' gamma code (Elias, 1975).
[[nodiscard]] index_codec_kind elias_gamma_indices();
/// One bit for each place of the vector.
[[nodiscard]] index_codec_kind bitmap_indices();

[[nodiscard]] const std::vector<index_codec_kind>& index_codecs();

} // namespace rhizome::sharing
