#include <algorithm>
#include <cstring>

#include "core/sharing/codecs/value_codec.hpp"
#include "core/sharing/half.hpp"
#include "core/vectorised.hpp"

namespace rhizome::sharing {

namespace {

RHIZOME_VECTORISED void shorten_to_fp16(std::uint16_t* __restrict out, const float* __restrict in, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i)
    out[i] = to_fp16(in[i]);
}
RHIZOME_VECTORISED void lengthen_fp16(float* __restrict out, const std::uint16_t* __restrict in, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i)
    out[i] = from_fp16(in[i]);
}
RHIZOME_VECTORISED void shorten_to_bf16(std::uint16_t* __restrict out, const float* __restrict in, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i)
    out[i] = to_bf16(in[i]);
}
RHIZOME_VECTORISED void lengthen_bf16(float* __restrict out, const std::uint16_t* __restrict in, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i)
    out[i] = from_bf16(in[i]);
}

/// Two bytes each, by a pair of functions over arrays.
class half_codec final : public value_codec {
public:
  using shortening = void (*)(std::uint16_t* out, const float* in, std::size_t n);
  using lengthening = void (*)(float* out, const std::uint16_t* in, std::size_t n);

  half_codec(shortening shorten, lengthening lengthen) : shorten_(shorten), lengthen_(lengthen) {}

  std::vector<std::byte> encode(std::span<const float> values) const override {
    std::vector<std::byte> bytes(values.size() * sizeof(std::uint16_t));
    std::uint16_t halves[block];
    for (std::size_t begin = 0; begin < values.size(); begin += block) {
      const auto n = std::min(block, values.size() - begin);
      shorten_(halves, values.data() + begin, n);
      std::memcpy(bytes.data() + begin * sizeof(std::uint16_t), halves, n * sizeof(std::uint16_t));
    }
    return bytes;
  }

  result<void> decode(std::span<const std::byte> bytes, std::span<float> out) const override {
    if (bytes.size() != out.size() * sizeof(std::uint16_t))
      return fail(error_kind::bad_data, "the bytes are not those of {} values of two bytes", out.size());
    std::uint16_t halves[block];
    for (std::size_t begin = 0; begin < out.size(); begin += block) {
      const auto n = std::min(block, out.size() - begin);
      std::memcpy(halves, bytes.data() + begin * sizeof(std::uint16_t), n * sizeof(std::uint16_t));
      lengthen_(out.data() + begin, halves, n);
    }
    return {};
  }

  bool lossy() const override { return true; }

private:
  static constexpr std::size_t block = 1024; ///< halves that are aligned on the way, where those in a message are not

  shortening shorten_;
  lengthening lengthen_;
};

} // namespace

value_codec_kind fp16_values() {
  return {"fp16", "IEEE 754 half precision, rounded to nearest",
          [](const value_precision&) -> std::unique_ptr<value_codec> {
            return std::make_unique<half_codec>(shorten_to_fp16, lengthen_fp16);
          }};
}

value_codec_kind bf16_values() {
  return {"bf16", "the upper half of a float32, rounded to nearest",
          [](const value_precision&) -> std::unique_ptr<value_codec> {
            return std::make_unique<half_codec>(shorten_to_bf16, lengthen_bf16);
          }};
}

} // namespace rhizome::sharing
