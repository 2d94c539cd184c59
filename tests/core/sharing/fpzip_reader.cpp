#include "core/sharing/codecs/fpzip_reader.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include <fpzip.h>

#include "core/random.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using sharing::detail::read_fpzip;

namespace {

void describe(FPZ& stream, unsigned bits, std::size_t count) {
  stream.type = FPZIP_TYPE_FLOAT;
  stream.prec = static_cast<int>(bits);
  stream.nx = static_cast<int>(count);
  stream.ny = stream.nz = stream.nf = 1;
}

std::vector<std::byte> written(unsigned bits, const std::vector<float>& values) {
  std::vector<std::byte> bytes(8 * values.size() + 1024);
  FPZ* stream = fpzip_write_to_buffer(bytes.data(), bytes.size());
  describe(*stream, bits, values.size());
  bytes.resize(fpzip_write(stream, values.data()));
  fpzip_write_close(stream);
  return bytes;
}

/// By the library's own reader.
std::vector<float> read_by_library(unsigned bits, std::vector<std::byte> bytes, std::size_t count) {
  std::vector<float> values(count);
  bytes.resize(bytes.size() + 16 * count + 64); // it does not know where they end
  FPZ* stream = fpzip_read_from_buffer(bytes.data());
  describe(*stream, bits, count);
  fpzip_read(stream, values.data());
  fpzip_read_close(stream);
  return values;
}

/// Rows of which one is smooth, one is like a model's, one has all kinds of numbers.
std::vector<std::vector<float>> rows(std::size_t count) {
  random_stream random(1, purpose::sharing);
  std::vector<float> smooth(count), normal(count), any(count), zeros(count);
  for (std::size_t i = 0; i < count; ++i) {
    smooth[i] = std::sin(0.01F * static_cast<float>(i));
    normal[i] = 0.05F * static_cast<float>(random.normal());
    const auto bits = random.bits32();
    std::memcpy(&any[i], &bits, sizeof bits); // infinities, numbers that are none, denormal ones
    zeros[i] = bits % 2 == 0 ? 0.0F : -0.0F;
  }
  return {smooth, normal, any, zeros};
}

} // namespace

TEST_CASE("what fpzip has written is read as its own reader reads it") {
  for (unsigned bits = 2; bits <= 32; ++bits)
    for (const std::size_t count : {1, 2, 3000})
      for (const auto& row : rows(count)) {
        CAPTURE(bits);
        const auto bytes = written(bits, row);
        std::vector<float> values(count);
        REQUIRE(read_fpzip(bytes, bits, values));
        const auto expected = read_by_library(bits, bytes, count);
        REQUIRE(std::memcmp(values.data(), expected.data(), count * sizeof(float)) == 0);
      }
}

TEST_CASE("bytes that fpzip cannot have written are refused, and none are read behind the end") {
  random_stream random(2, purpose::sharing);
  int refused = 0;
  for (const unsigned bits : {2U, 8U, 9U, 16U, 32U})
    for (const auto& row : rows(500)) {
      const auto bytes = written(bits, row);
      std::vector<float> values(row.size());
      for (std::size_t size = 0; size < bytes.size(); ++size)
        REQUIRE_FALSE(
            read_fpzip(std::vector(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)), bits, values));
      auto longer = bytes;
      longer.push_back(std::byte{0});
      CHECK_FALSE(read_fpzip(longer, bits, values));
      for (int i = 0; i < 200; ++i) {
        auto changed = bytes;
        changed[random.below(changed.size())] ^= static_cast<std::byte>(1 + random.below(255));
        refused += read_fpzip(changed, bits, values) ? 0 : 1;
        for (auto& byte : changed)
          byte = static_cast<std::byte>(random.below(256));
        refused += read_fpzip(changed, bits, values) ? 0 : 1;
      }
    }
  CHECK(refused > 5 * 4 * 200); // some changes make another row
}
