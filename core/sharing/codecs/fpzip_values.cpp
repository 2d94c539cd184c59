#include <cstring>
#include <limits>

#include <fpzip.h>
#include <xxhash.h>

#include "core/sharing/codecs/bits.hpp"
#include "core/sharing/codecs/fpzip_reader.hpp"
#include "core/sharing/codecs/value_codec.hpp"
#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace rhizome::sharing {

namespace {

/// fpzip predicts by adding floats. A trainer's thread takes denormal ones for zero, others do not: both sides would
/// predict differently. While this lives, its thread has all of them.
class full_floats {
public:
#if defined(__SSE2__)
  full_floats() : before_(_mm_getcsr()) {
    _mm_setcsr(before_ & ~zeros);
  }
  ~full_floats() {
    _mm_setcsr(before_);
  }
#else
  full_floats() = default;
#endif
  full_floats(const full_floats&) = delete;
  full_floats& operator=(const full_floats&) = delete;

private:
#if defined(__SSE2__)
  static constexpr unsigned zeros = 0x8040; // flush to zero, denormals are zero
  unsigned before_;
#endif
};

struct close_writer {
  void operator()(FPZ* stream) const { fpzip_write_close(stream); }
};

void describe(FPZ& stream, unsigned bits, std::size_t count) {
  stream.type = FPZIP_TYPE_FLOAT;
  stream.prec = static_cast<int>(bits);
  stream.nx = static_cast<int>(count);
  stream.ny = stream.nz = stream.nf = 1;
}

/// A checksum (8 bytes), then what fpzip makes of a row of floats. Almost any bytes are those of some row: the
/// checksum, which covers the number of values and their bits as well, tells damage and other settings.
class fpzip_codec final : public value_codec {
public:
  explicit fpzip_codec(unsigned bits) : bits_(bits) {}

  std::vector<std::byte> encode(std::span<const float> values) const override {
    if (values.empty())
      return {};
    std::vector<std::byte> bytes(sizeof(std::uint64_t) + 2 * values.size_bytes() + 1024);
    const auto room = std::span(bytes).subspan(sizeof(std::uint64_t));
    std::size_t size = 0;
    {
      const full_floats floats;
      const std::unique_ptr<FPZ, close_writer> stream(fpzip_write_to_buffer(room.data(), room.size()));
      describe(*stream, bits_, values.size());
      size = fpzip_write(stream.get(), values.data());
    }
    const auto sum = checksum(room.first(size), values.size());
    std::memcpy(bytes.data(), &sum, sizeof sum);
    bytes.resize(sizeof sum + size);
    return bytes;
  }

  result<void> decode(std::span<const std::byte> bytes, std::span<float> out) const override {
    if (out.empty() && bytes.empty())
      return {};
    const auto sum = detail::take<std::uint64_t>(bytes);
    if (!sum || out.empty() || out.size() > most || *sum != checksum(bytes, out.size()))
      return wrong(out.size());
    const full_floats floats;
    if (!detail::read_fpzip(bytes, bits_, out))
      return wrong(out.size());
    return {};
  }

  bool lossy() const override { return bits_ < 32; }

private:
  static constexpr std::size_t most = std::numeric_limits<int>::max();

  [[nodiscard]] std::uint64_t checksum(std::span<const std::byte> bytes, std::size_t count) const {
    return XXH3_64bits_withSeed(bytes.data(), bytes.size(), std::uint64_t{count} << 8 | bits_);
  }

  [[nodiscard]] static tl::unexpected<error> wrong(std::size_t count) {
    return fail(error_kind::bad_data, "the bytes are not what fpzip makes of {} values", count);
  }

  unsigned bits_;
};

} // namespace

value_codec_kind fpzip_values() {
  return {"fpzip", "float32 compressed by fpzip, all bits",
          [](const value_precision&) -> std::unique_ptr<value_codec> { return std::make_unique<fpzip_codec>(32); }};
}

value_codec_kind fpzip_lossy_values() {
  return {"fpzip-lossy",
          "the leading bits of a float32, compressed by fpzip",
          [](const value_precision& precision) -> std::unique_ptr<value_codec> {
            return std::make_unique<fpzip_codec>(precision.significant_bits);
          },
          {{.name = "precision",
            .default_value = std::int64_t{16},
            .sentence = "The leading bits of each float32 that are kept: 1 is the sign, 8 the exponent, the rest the "
                        "significand.",
            .unit = "bits",
            .minimum = 2,
            .maximum = 31}}};
}

} // namespace rhizome::sharing
