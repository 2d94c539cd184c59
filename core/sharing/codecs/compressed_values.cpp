#include <algorithm>
#include <cstring>

#include <lz4.h>
#include <zstd.h>

#include "core/sharing/codecs/value_codec.hpp"
#include "core/vectorised.hpp"

namespace rhizome::sharing {

namespace {

/// Byte `byte` of each value. One after the other: the compiler makes vectors of the loop.
RHIZOME_VECTORISED void gather_bytes(char* __restrict out, const std::uint32_t* __restrict values, std::size_t n,
                                     unsigned byte) {
  for (std::size_t i = 0; i < n; ++i)
    out[i] = static_cast<char>(values[i] >> (8 * byte));
}

RHIZOME_VECTORISED void join_bytes(std::uint32_t* __restrict out, const unsigned char* __restrict b0,
                                   const unsigned char* __restrict b1, const unsigned char* __restrict b2,
                                   const unsigned char* __restrict b3, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i)
    out[i] = std::uint32_t{b0[i]} | std::uint32_t{b1[i]} << 8 | std::uint32_t{b2[i]} << 16 | std::uint32_t{b3[i]} << 24;
}

constexpr std::size_t block = 1024; ///< values whose bits are looked at together

/// All first bytes, then all second ones and so on: signs and exponents stand together.
std::vector<char> shuffle(std::span<const float> values) {
  std::vector<char> out(values.size_bytes());
  std::uint32_t bits[block];
  for (std::size_t begin = 0; begin < values.size(); begin += block) {
    const auto n = std::min(block, values.size() - begin);
    std::memcpy(bits, values.data() + begin, n * sizeof(float));
    for (unsigned byte = 0; byte < sizeof(float); ++byte)
      gather_bytes(out.data() + byte * values.size() + begin, bits, n, byte);
  }
  return out;
}

void unshuffle(const std::vector<char>& bytes, std::span<float> out) {
  const auto* in = reinterpret_cast<const unsigned char*>(bytes.data());
  std::uint32_t bits[block];
  for (std::size_t begin = 0; begin < out.size(); begin += block) {
    const auto n = std::min(block, out.size() - begin);
    const auto* from = in + begin;
    join_bytes(bits, from, from + out.size(), from + 2 * out.size(), from + 3 * out.size(), n);
    std::memcpy(out.data() + begin, bits, n * sizeof(float));
  }
}

/// A compressor: `bound` of its output, `compress` and `decompress`, which give sizes, 0 where that fails.
struct zstandard {
  static constexpr int level = 3;
  static std::size_t bound(std::size_t size) { return ZSTD_compressBound(size); }
  static std::size_t compress(std::span<const char> in, std::span<char> out) {
    const auto size = ZSTD_compress(out.data(), out.size(), in.data(), in.size(), level);
    return ZSTD_isError(size) != 0 ? 0 : size;
  }
  static std::size_t decompress(std::span<const char> in, std::span<char> out) {
    const auto size = ZSTD_decompress(out.data(), out.size(), in.data(), in.size());
    return ZSTD_isError(size) != 0 ? 0 : size;
  }
};

struct lz4 {
  static std::size_t bound(std::size_t size) {
    return static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(size)));
  }
  static std::size_t compress(std::span<const char> in, std::span<char> out) {
    return static_cast<std::size_t>(
        LZ4_compress_default(in.data(), out.data(), static_cast<int>(in.size()), static_cast<int>(out.size())));
  }
  static std::size_t decompress(std::span<const char> in, std::span<char> out) {
    const auto size =
        LZ4_decompress_safe(in.data(), out.data(), static_cast<int>(in.size()), static_cast<int>(out.size()));
    return size < 0 ? 0 : static_cast<std::size_t>(size);
  }
};

template <class Compressor>
class compressed_codec final : public value_codec {
public:
  std::vector<std::byte> encode(std::span<const float> values) const override {
    if (values.empty())
      return {};
    const auto sorted = shuffle(values);
    std::vector<char> out(Compressor::bound(sorted.size()));
    out.resize(Compressor::compress(sorted, out));
    const auto bytes = std::as_bytes(std::span<const char>(out));
    return {bytes.begin(), bytes.end()};
  }

  result<void> decode(std::span<const std::byte> bytes, std::span<float> out) const override {
    if (out.empty() && bytes.empty())
      return {};
    std::vector<char> sorted(out.size_bytes());
    const std::span<const char> in(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (out.empty() || Compressor::decompress(in, sorted) != sorted.size())
      return fail(error_kind::bad_data, "the bytes are not those of {} compressed values", out.size());
    unshuffle(sorted, out);
    return {};
  }
};

} // namespace

value_codec_kind zstd_values() {
  return {"zstd", "float32 with its bytes sorted by significance, then Zstandard",
          [](const value_precision&) -> std::unique_ptr<value_codec> {
            return std::make_unique<compressed_codec<zstandard>>();
          }};
}

value_codec_kind lz4_values() {
  return {
      "lz4", "float32 with its bytes sorted by significance, then LZ4",
      [](const value_precision&) -> std::unique_ptr<value_codec> { return std::make_unique<compressed_codec<lz4>>(); }};
}

} // namespace rhizome::sharing
