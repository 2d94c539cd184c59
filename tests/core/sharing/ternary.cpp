#include <cstring>
#include <vector>

#include "core/sharing/ternary.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::sharing;

TEST_CASE("a ternary vector is signs and one mean magnitude at the greatest entries") {
  const std::vector<float> v{0.5F, -4, 0, 2, -0.25F, -3, 1, 0.125F};
  for (const auto* indices : {"raw", "elias-gamma", "delta", "bitmap"}) {
    const auto ternary = ternary_compressor(indices, 3.0 / 8);
    const auto bytes = ternary->compress(v, 0, 0);
    std::vector<float> out(8, 1.0F);
    REQUIRE(ternary->add(bytes, 0, 0, 2.0F, out));
    CHECK(out == std::vector<float>{1, -5, 1, 7, 1, -5, 1, 1}); // mu = 3
  }
}

TEST_CASE("a ternary entry costs a bit and its place") {
  std::vector<float> v(1000, 0.0F);
  for (std::size_t i = 0; i < v.size(); i += 10)
    v[i] = i % 20 == 0 ? 1.0F : -1.0F;
  const auto bytes = ternary_compressor("raw", 0.1)->compress(v, 0, 0);
  CHECK(bytes.size() == 4 + 4 + 13 + 100 * 4);
}

TEST_CASE("bytes that are no ternary vector are refused") {
  const std::vector<float> v{1, -2, 3, -4, 5, -6, 7, -8};
  const auto ternary = ternary_compressor("raw", 0.5);
  const auto bytes = ternary->compress(v, 0, 0);
  std::vector<float> out(8, 0.0F);
  for (std::size_t length = 0; length < bytes.size(); ++length)
    CHECK_FALSE(
        ternary->add(std::vector(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length)), 0, 0, 1, out));
  auto longer = bytes;
  longer.push_back(std::byte{0});
  CHECK_FALSE(ternary->add(longer, 0, 0, 1, out));
  auto many = bytes;
  const std::uint32_t count = 9;
  std::memcpy(many.data(), &count, sizeof count);
  CHECK_FALSE(ternary->add(many, 0, 0, 1, out));
  CHECK(out == std::vector<float>(8, 0.0F));
}
