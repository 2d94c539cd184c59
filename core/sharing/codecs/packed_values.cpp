#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "core/sharing/codecs/bits.hpp"
#include "core/sharing/codecs/packing.hpp"
#include "core/sharing/codecs/value_codec.hpp"
#include "core/vectorised.hpp"

namespace rhizome::sharing {

namespace {

constexpr std::size_t block = 1024; // numbers: whole bytes, however many bits they have

/// The magnitude as a number with the same order; that of NaN is 0.
RHIZOME_VECTORISED std::uint32_t largest_magnitude(const float* __restrict values, std::size_t n) {
  std::uint32_t largest = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto bits = std::bit_cast<std::uint32_t>(values[i]) & 0x7FFFFFFFU;
    largest = std::max(largest, bits > 0x7F800000U ? 0U : bits);
  }
  return largest;
}

/// out = the nearest of the numbers 0 to 2 most, of which `most` stands for 0; ties to even.
RHIZOME_VECTORISED void to_steps(std::uint32_t* __restrict out, const float* __restrict values, std::size_t n,
                                 float scale, float most) {
  constexpr float whole = 0x1.8p23F; // added and taken away again, it rounds to a whole number
  for (std::size_t i = 0; i < n; ++i) {
    const float exact = values[i] / scale * most;
    const float low = exact > -most ? exact : -most; // NaN: the lowest
    const float near = (low < most ? low : most) + whole - whole;
    out[i] = static_cast<std::uint32_t>(static_cast<std::int32_t>(near + most));
  }
}

RHIZOME_VECTORISED void from_steps(float* __restrict out, const std::uint32_t* __restrict numbers, std::size_t n,
                                   float scale, float most) {
  for (std::size_t i = 0; i < n; ++i)
    out[i] = scale * (static_cast<float>(static_cast<std::int32_t>(numbers[i])) - most) / most;
}

/// The largest magnitude as a float32, then for each value a number n of `bits` bits: it stands for
/// max|x| (n - h) / h, h = 2^(bits - 1) - 1. The same scale both ways: with the mean magnitude on the way back, as in
/// DecentralizePy, every value would shrink.
class packed_codec final : public value_codec {
public:
  explicit packed_codec(unsigned bits) : bits_(bits), most_(static_cast<float>((1 << (bits - 1)) - 1)) {}

  std::vector<std::byte> encode(std::span<const float> values) const override {
    const auto scale = std::bit_cast<float>(largest_magnitude(values.data(), values.size()));
    std::vector<std::byte> bytes(sizeof scale + detail::packed_size(values.size(), bits_));
    std::memcpy(bytes.data(), &scale, sizeof scale);
    auto rest = std::span(bytes).subspan(sizeof scale);
    std::array<std::uint32_t, block> numbers;
    for (std::size_t begin = 0; begin < values.size(); begin += block) {
      const auto n = std::min(block, values.size() - begin);
      to_steps(numbers.data(), values.data() + begin, n, scale > 0 ? scale : 1, most_);
      detail::pack(std::span(numbers).first(n), bits_, rest);
      rest = rest.subspan(detail::packed_size(n, bits_));
    }
    return bytes;
  }

  result<void> decode(std::span<const std::byte> bytes, std::span<float> out) const override {
    const auto scale = detail::take<float>(bytes);
    if (!scale || bytes.size() != detail::packed_size(out.size(), bits_))
      return fail(error_kind::bad_data, "the bytes are not those of {} values of {} bits", out.size(), bits_);
    std::array<std::uint32_t, block> numbers;
    for (std::size_t begin = 0; begin < out.size(); begin += block) {
      const auto n = std::min(block, out.size() - begin);
      detail::unpack(bytes, bits_, std::span(numbers).first(n));
      bytes = bytes.subspan(detail::packed_size(n, bits_));
      from_steps(out.data() + begin, numbers.data(), n, *scale, most_);
    }
    return {};
  }

  bool lossy() const override { return true; }

private:
  unsigned bits_;
  float most_;
};

} // namespace

value_codec_kind packed_values() {
  return {"packed",
          "the nearest of evenly spaced numbers up to the largest magnitude, in a few bits each",
          [](const value_precision& precision) -> std::unique_ptr<value_codec> {
            return std::make_unique<packed_codec>(precision.packed_bits);
          },
          {{.name = "bits",
            .default_value = std::int64_t{8},
            .sentence = "Bits of a value, its sign among them.",
            .unit = "bits",
            .minimum = 2,
            .maximum = 16}}};
}

} // namespace rhizome::sharing
