#include <array>
#include <cstring>

#include <lz4.h>
#include <zstd.h>

#include "core/sharing/codecs/value_codec.hpp"

namespace rhizome::sharing {

namespace {

/// All first bytes, then all second ones and so on: signs and exponents stand together.
std::vector<char> shuffle(std::span<const float> values) {
  std::vector<char> out(values.size_bytes());
  const auto* in = reinterpret_cast<const char*>(values.data());
  for (std::size_t byte = 0; byte < sizeof(float); ++byte)
    for (std::size_t i = 0; i < values.size(); ++i)
      out[byte * values.size() + i] = in[i * sizeof(float) + byte];
  return out;
}

std::vector<float> unshuffle(const std::vector<char>& bytes) {
  std::vector<float> values(bytes.size() / sizeof(float));
  auto* out = reinterpret_cast<char*>(values.data());
  for (std::size_t byte = 0; byte < sizeof(float); ++byte)
    for (std::size_t i = 0; i < values.size(); ++i)
      out[i * sizeof(float) + byte] = bytes[byte * values.size() + i];
  return values;
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

  result<std::vector<float>> decode(std::span<const std::byte> bytes, std::uint32_t count) const override {
    if (count == 0 && bytes.empty())
      return std::vector<float>();
    std::vector<char> sorted(std::size_t{count} * sizeof(float));
    const std::span<const char> in(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (count == 0 || Compressor::decompress(in, sorted) != sorted.size())
      return fail(error_kind::bad_data, "the bytes are not those of {} compressed values", count);
    return unshuffle(sorted);
  }
};

} // namespace

value_codec_kind zstd_values() {
  return {"zstd", "float32 with its bytes sorted by significance, then Zstandard",
          []() -> std::unique_ptr<value_codec> { return std::make_unique<compressed_codec<zstandard>>(); }};
}

value_codec_kind lz4_values() {
  return {"lz4", "float32 with its bytes sorted by significance, then LZ4",
          []() -> std::unique_ptr<value_codec> { return std::make_unique<compressed_codec<lz4>>(); }};
}

} // namespace rhizome::sharing
