#include <cstring>

#include "core/sharing/codecs/bits.hpp"
#include "core/sharing/codecs/index_checks.hpp"
#include "core/sharing/codecs/index_codec.hpp"

namespace rhizome::sharing {

namespace {

class raw_index_codec final : public index_codec {
public:
  std::vector<std::byte> encode(std::uint32_t, std::span<const std::uint32_t> indices) const override {
    std::vector<std::byte> bytes;
    detail::append(bytes, indices);
    return bytes;
  }

  result<std::vector<std::uint32_t>> decode(std::span<const std::byte> bytes, std::uint32_t size,
                                            std::uint32_t count) const override {
    if (bytes.size() != std::size_t{count} * sizeof(std::uint32_t))
      return detail::wrong_length(count);
    std::vector<std::uint32_t> indices(count);
    if (count > 0)
      std::memcpy(indices.data(), bytes.data(), bytes.size());
    if (auto checked = detail::check_ascending(indices, size); !checked)
      return fail(checked);
    return indices;
  }
};

} // namespace

index_codec_kind raw_indices() {
  return {"raw", "4 bytes each", []() -> std::unique_ptr<index_codec> { return std::make_unique<raw_index_codec>(); }};
}

} // namespace rhizome::sharing
