#include <cstring>

#include "core/sharing/codecs/bits.hpp"
#include "core/sharing/codecs/value_codec.hpp"

namespace rhizome::sharing {

namespace {

class raw_value_codec final : public value_codec {
public:
  std::vector<std::byte> encode(std::span<const float> values) const override {
    std::vector<std::byte> bytes;
    detail::append(bytes, values);
    return bytes;
  }

  result<void> decode(std::span<const std::byte> bytes, std::span<float> out) const override {
    if (bytes.size() != out.size_bytes())
      return fail(error_kind::bad_data, "the bytes are not those of {} values of four bytes", out.size());
    if (!out.empty())
      std::memcpy(out.data(), bytes.data(), bytes.size());
    return {};
  }
};

} // namespace

value_codec_kind raw_values() {
  return {"raw", "float32, all bits",
          [](const value_precision&) -> std::unique_ptr<value_codec> { return std::make_unique<raw_value_codec>(); }};
}

} // namespace rhizome::sharing
