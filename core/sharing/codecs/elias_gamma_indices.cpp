#include "core/sharing/codecs/bits.hpp"
#include "core/sharing/codecs/index_checks.hpp"
#include "core/sharing/codecs/index_codec.hpp"

namespace rhizome::sharing {

namespace {

/// A distance of n bits: n - 1 zeros, then the distance. (Elias, "Universal codeword sets and representations of the
/// integers", 1975.)
class elias_gamma_codec final : public index_codec {
public:
  std::vector<std::byte> encode(std::uint32_t, std::span<const std::uint32_t> indices) const override {
    detail::bit_writer writer(indices.size());
    detail::each_distance(indices, [&writer](std::uint32_t distance) {
      const auto bits = static_cast<unsigned>(std::bit_width(distance));
      if (bits <= 16)
        return writer.write(distance, 2 * bits - 1);
      writer.write(0, bits - 1);
      writer.write(distance, bits);
    });
    return writer.take();
  }

  result<std::vector<std::uint32_t>> decode(std::span<const std::byte> bytes, std::uint32_t size,
                                            std::uint32_t count) const override {
    detail::bit_reader reader(bytes);
    auto indices = detail::sum_distances(size, count, [&]() -> std::uint64_t {
      if (const auto distance = reader.read_gamma(); distance != 0)
        return distance;
      const auto zeros = reader.skip_zeros();
      return zeros > 31 ? 0 : reader.read(zeros + 1);
    });
    if (indices && (reader.is_over() || reader.bytes_read() != bytes.size() || !reader.rest_is_zero()))
      return detail::wrong_length(count);
    return indices;
  }
};

} // namespace

index_codec_kind elias_gamma_indices() {
  return {"elias-gamma", "the distance to the one before in Elias' gamma code",
          []() -> std::unique_ptr<index_codec> { return std::make_unique<elias_gamma_codec>(); }};
}

} // namespace rhizome::sharing
