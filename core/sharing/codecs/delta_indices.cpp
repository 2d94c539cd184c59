#include "core/sharing/codecs/index_checks.hpp"
#include "core/sharing/codecs/index_codec.hpp"

namespace rhizome::sharing {

namespace {

/// Distances in groups of 7 bits, the lowest first; the highest bit of a byte says that more follow.
class delta_index_codec final : public index_codec {
public:
  std::vector<std::byte> encode(std::uint32_t, std::span<const std::uint32_t> indices) const override {
    std::vector<std::byte> bytes;
    bytes.reserve(indices.size() + indices.size() / 4);
    detail::each_distance(indices, [&bytes](std::uint32_t distance) {
      for (; distance >= 0x80; distance >>= 7)
        bytes.push_back(static_cast<std::byte>(distance | 0x80));
      bytes.push_back(static_cast<std::byte>(distance));
    });
    return bytes;
  }

  result<std::vector<std::uint32_t>> decode(std::span<const std::byte> bytes, std::uint32_t size,
                                            std::uint32_t count) const override {
    std::size_t at = 0;
    auto indices = detail::sum_distances(size, count, [&]() -> std::uint64_t {
      std::uint64_t distance = 0;
      for (unsigned shift = 0; at < bytes.size() && shift < 35; shift += 7) {
        const auto byte = std::to_integer<std::uint64_t>(bytes[at++]);
        distance |= (byte & 0x7F) << shift;
        if (byte < 0x80)
          return distance;
      }
      return 0;
    });
    if (indices && at != bytes.size())
      return detail::wrong_length(count);
    return indices;
  }
};

} // namespace

index_codec_kind delta_indices() {
  return {"delta", "the distance to the one before, in groups of 7 bits",
          []() -> std::unique_ptr<index_codec> { return std::make_unique<delta_index_codec>(); }};
}

} // namespace rhizome::sharing
