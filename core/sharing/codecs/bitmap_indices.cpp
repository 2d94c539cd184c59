#include <bit>

#include "core/sharing/codecs/index_checks.hpp"
#include "core/sharing/codecs/index_codec.hpp"

namespace rhizome::sharing {

namespace {

/// Bit i % 8 of byte i / 8 says whether i is among the indices.
class bitmap_codec final : public index_codec {
public:
  std::vector<std::byte> encode(std::uint32_t size, std::span<const std::uint32_t> indices) const override {
    std::vector<std::byte> bytes(bytes_for(size));
    for (const auto index : indices)
      bytes[index / 8] |= std::byte{1} << (index % 8);
    return bytes;
  }

  result<std::vector<std::uint32_t>> decode(std::span<const std::byte> bytes, std::uint32_t size,
                                            std::uint32_t count) const override {
    if (bytes.size() != bytes_for(size))
      return detail::wrong_length(count);
    std::vector<std::uint32_t> indices;
    indices.reserve(count);
    for (std::size_t i = 0; i < bytes.size(); ++i)
      for (auto set = std::to_integer<unsigned>(bytes[i]); set != 0; set &= set - 1) {
        const auto index = i * 8 + static_cast<unsigned>(std::countr_zero(set));
        if (index >= size)
          return detail::out_of_range(index, size);
        if (indices.size() == count)
          return detail::wrong_length(count);
        indices.push_back(static_cast<std::uint32_t>(index));
      }
    if (indices.size() != count)
      return detail::wrong_length(count);
    return indices;
  }

private:
  static std::size_t bytes_for(std::uint32_t size) { return (std::size_t{size} + 7) / 8; }
};

} // namespace

index_codec_kind bitmap_indices() {
  return {"bitmap", "one bit for each place of the vector",
          []() -> std::unique_ptr<index_codec> { return std::make_unique<bitmap_codec>(); }};
}

} // namespace rhizome::sharing
