#include <bit>
#include <cmath>
#include <cstring>

#include "core/sharing/codecs/bits.hpp"
#include "core/sharing/codecs/value_codec.hpp"
#include "core/sharing/half.hpp"

namespace rhizome::sharing {

namespace {

/// Two bytes each, by a pair of functions.
template <std::uint16_t (*Shorten)(float), float (*Lengthen)(std::uint16_t)>
class half_codec final : public value_codec {
public:
  std::vector<std::byte> encode(std::span<const float> values) const override {
    std::vector<std::uint16_t> halves(values.size());
    for (std::size_t i = 0; i < values.size(); ++i)
      halves[i] = Shorten(values[i]);
    std::vector<std::byte> bytes;
    detail::append(bytes, std::span<const std::uint16_t>(halves));
    return bytes;
  }

  result<std::vector<float>> decode(std::span<const std::byte> bytes, std::uint32_t count) const override {
    if (bytes.size() != std::size_t{count} * sizeof(std::uint16_t))
      return fail(error_kind::bad_data, "the bytes are not those of {} values of two bytes", count);
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i) {
      std::uint16_t half = 0;
      std::memcpy(&half, bytes.data() + 2 * i, sizeof half);
      values[i] = Lengthen(half);
    }
    return values;
  }

  bool lossy() const override { return true; }
};

} // namespace

value_codec_kind fp16_values() {
  return {"fp16", "IEEE 754 half precision, rounded to nearest",
          []() -> std::unique_ptr<value_codec> { return std::make_unique<half_codec<to_fp16, from_fp16>>(); }};
}

value_codec_kind bf16_values() {
  return {"bf16", "the upper half of a float32, rounded to nearest",
          []() -> std::unique_ptr<value_codec> { return std::make_unique<half_codec<to_bf16, from_bf16>>(); }};
}

} // namespace rhizome::sharing
