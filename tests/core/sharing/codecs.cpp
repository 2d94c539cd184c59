// What places and values become on the wire, and what is refused of what comes from there.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <string>

#include "core/random.hpp"
#include "core/sharing/codecs/registry.hpp"
#include "core/sharing/half.hpp"
#include "core/sharing/places.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::sharing;

namespace {

using places = std::vector<std::uint32_t>;

std::string hex(std::span<const std::byte> bytes) {
  std::string text;
  for (const auto byte : bytes) {
    text += "0123456789abcdef"[std::to_integer<unsigned>(byte) >> 4];
    text += "0123456789abcdef"[std::to_integer<unsigned>(byte) & 15];
  }
  return text;
}

std::unique_ptr<index_codec> index_codec_of(const std::string& name) {
  for (const auto& kind : index_codecs())
    if (kind.name == name)
      return kind.make();
  FAIL("no index codec " << name);
  return nullptr;
}

std::vector<std::uint32_t> bits_of(std::span<const float> values) {
  std::vector<std::uint32_t> bits;
  for (const float v : values)
    bits.push_back(std::bit_cast<std::uint32_t>(v));
  return bits;
}

/// About a share of the places below size.
places some_places(std::uint32_t size, double share, std::uint64_t seed) {
  random_stream random(seed, purpose::synthetic_data);
  places chosen;
  for (std::uint32_t i = 0; i < size; ++i)
    if (random.uniform() < share)
      chosen.push_back(i);
  return chosen;
}

} // namespace

TEST_CASE("index codecs give back what they were given") {
  places all(1000);
  std::iota(all.begin(), all.end(), 0U);
  const std::vector<std::pair<std::uint32_t, places>> cases = {
      {0, {}}, {5, {}}, {1, {0}}, {1000, all}, {1000, {999}}, {1000, {0, 999}}, {83754, some_places(83754, 0.1, 1)}};
  for (const auto& kind : index_codecs()) {
    CAPTURE(kind.name);
    const auto codec = kind.make();
    for (const auto& [size, indices] : cases) {
      const auto decoded =
          codec->decode(codec->encode(size, indices), size, static_cast<std::uint32_t>(indices.size()));
      REQUIRE(decoded);
      CHECK(*decoded == indices);
    }
  }
}

TEST_CASE("gaps may be as wide as a vector can be long") {
  const places indices = {0, 1U << 31, 0xFFFFFFFEU};
  for (const std::string name : {"raw", "delta", "elias-gamma"}) {
    CAPTURE(name);
    const auto codec = index_codec_of(name);
    const auto decoded = codec->decode(codec->encode(0xFFFFFFFFU, indices), 0xFFFFFFFFU, 3);
    REQUIRE(decoded);
    CHECK(*decoded == indices);
  }
}

TEST_CASE("the bytes of each index codec, by hand") {
  const places indices = {0, 2, 9}; // distances 1, 2, 7
  CHECK(hex(index_codec_of("raw")->encode(16, indices)) == "000000000200000009000000");
  CHECK(hex(index_codec_of("delta")->encode(16, indices)) == "010207");
  CHECK(hex(index_codec_of("delta")->encode(1000, places{199})) == "c801"); // 200 = 1 * 128 + 72
  // 1 -> 1, 2 -> 010, 7 -> 00111: 1010 0011 1000 0000
  CHECK(hex(index_codec_of("elias-gamma")->encode(16, indices)) == "a380");
  CHECK(hex(index_codec_of("bitmap")->encode(16, indices)) == "0502");
}

TEST_CASE("a tenth of a LeNet's places takes 6 kB in Elias' gamma code") {
  const auto indices = some_places(83754, 0.1, 1);
  const auto bytes = index_codec_of("elias-gamma")->encode(83754, indices).size();
  CHECK(8.0 * static_cast<double>(bytes) / static_cast<double>(indices.size()) < 6);
}

TEST_CASE("places that are cut off, flipped or too many are refused, or are places") {
  const auto indices = some_places(200, 0.2, 3);
  const auto count = static_cast<std::uint32_t>(indices.size());
  for (const auto& kind : index_codecs()) {
    CAPTURE(kind.name);
    const auto codec = kind.make();
    const auto good = codec->encode(200, indices);
    for (std::size_t size = 0; size < good.size(); ++size)
      CHECK_FALSE(codec->decode(std::span(good).first(size), 200, count));
    auto longer = good;
    longer.push_back(std::byte{1});
    CHECK_FALSE(codec->decode(longer, 200, count));
    CHECK_FALSE(codec->decode(good, 100, count)); // some are not below it
    std::size_t accepted = 0;
    for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
      auto bad = good;
      bad[bit / 8] ^= std::byte{1} << (bit % 8);
      const auto decoded = codec->decode(bad, 200, count);
      if (!decoded)
        continue;
      ++accepted;
      CHECK(decoded->size() == count);
      CHECK(decoded->back() < 200);
      CHECK(std::ranges::adjacent_find(*decoded, std::greater_equal<>()) == decoded->end());
    }
    CAPTURE(accepted);
    CHECK(accepted < 8 * good.size());
  }
}

TEST_CASE("lossless values come back to the bit") {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> odd = {0.0F,
                                  -0.0F,
                                  1.5F,
                                  -3e38F,
                                  infinity,
                                  -infinity,
                                  1e-42F,
                                  std::numeric_limits<float>::quiet_NaN(),
                                  std::bit_cast<float>(0xFFC12345U)};
  std::vector<float> many(10'000);
  random_stream random(4, purpose::synthetic_data);
  for (float& v : many)
    v = static_cast<float>(random.normal());
  for (const std::string name : {"raw", "zstd", "lz4", "fpzip"}) {
    CAPTURE(name);
    const auto codec = make_codec("raw", name);
    CHECK_FALSE(codec->lossy());
    for (const auto& values : {std::vector<float>(), odd, many}) {
      const auto bytes = codec->encode_values(values);
      const auto decoded = codec->decode_values(bytes, static_cast<std::uint32_t>(values.size()));
      REQUIRE(decoded);
      CHECK(bits_of(*decoded) == bits_of(values));
      CHECK_FALSE(codec->decode_values(bytes, static_cast<std::uint32_t>(values.size() + 1)));
      if (!values.empty())
        CHECK_FALSE(
            codec->decode_values(std::span(bytes).first(bytes.size() - 1), static_cast<std::uint32_t>(values.size())));
    }
  }
}

TEST_CASE("half precision rounds to the nearest, ties to even") {
  const auto there_and_back = [](float v) { return from_fp16(to_fp16(v)); };
  CHECK(to_fp16(1.0F) == 0x3C00);
  CHECK(to_fp16(-2.0F) == 0xC000);
  CHECK(to_fp16(65504.0F) == 0x7BFF);
  CHECK(to_fp16(65519.9F) == 0x7BFF);
  CHECK(to_fp16(65520.0F) == 0x7C00); // halfway to 65,536: to even, which is infinity
  CHECK(to_fp16(std::ldexp(1.0F, -24)) == 0x0001);
  CHECK(to_fp16(std::ldexp(1.0F, -25)) == 0x0000); // halfway: to even
  CHECK(to_fp16(std::ldexp(1.5F, -25)) == 0x0001);
  CHECK(to_fp16(std::ldexp(1.0F, -14)) == 0x0400);
  CHECK(there_and_back(1.0F + std::ldexp(1.0F, -11)) == 1.0F);                            // tie, down to even
  CHECK(there_and_back(1.0F + 3 * std::ldexp(1.0F, -11)) == 1.0F + std::ldexp(1.0F, -9)); // tie, up to even
  CHECK(std::isnan(there_and_back(std::numeric_limits<float>::quiet_NaN())));
  for (std::uint32_t half = 0; half < 0x10000; ++half) // every number of 16 bits is its own neighbour
    if ((half & 0x7C00U) != 0x7C00U)
      REQUIRE(to_fp16(from_fp16(static_cast<std::uint16_t>(half))) == half);
}

TEST_CASE("bfloat16 rounds to the nearest, ties to even") {
  CHECK(to_bf16(1.0F) == 0x3F80);
  CHECK(from_bf16(to_bf16(1.0F + std::ldexp(1.0F, -8))) == 1.0F);
  CHECK(from_bf16(to_bf16(1.0F + 3 * std::ldexp(1.0F, -8))) == 1.0F + std::ldexp(1.0F, -6));
  CHECK(std::isnan(from_bf16(to_bf16(std::numeric_limits<float>::quiet_NaN()))));
  CHECK(std::isinf(from_bf16(to_bf16(3.4e38F))));
}

TEST_CASE("places and values together") {
  const auto indices = some_places(5000, 0.1, 9);
  std::vector<float> values;
  for (const auto i : indices)
    values.push_back(static_cast<float>(i) / 7);
  for (const auto& index_kind : index_codecs())
    for (const auto& value_kind : value_codecs()) {
      CAPTURE(index_kind.name);
      CAPTURE(value_kind.name);
      const auto codec = make_codec(index_kind.name, value_kind.name);
      const auto bytes = codec->encode(5000, indices, values);
      const auto decoded = codec->decode(bytes, 5000);
      REQUIRE(decoded);
      CHECK(decoded->indices == indices);
      REQUIRE(decoded->values.size() == values.size());
      for (std::size_t i = 0; i < values.size(); ++i)
        CHECK(std::abs(decoded->values[i] - values[i]) <= (codec->lossy() ? 0.008F * values.back() : 0));
      for (std::size_t size = 0; size < bytes.size(); ++size)
        REQUIRE_FALSE(codec->decode(std::span(bytes).first(size), 5000));
    }
}

TEST_CASE("halves are those of the definition, whatever the thread makes of denormal numbers") {
  random_stream random(5, purpose::synthetic_data);
  for (int i = 0; i < 100'000; ++i) {
    const auto value = std::bit_cast<float>(random.bits32());
    if (std::isnan(value) || std::abs(value) >= 65520)
      continue;
    const double step = std::ldexp(1.0, std::max(-24, std::ilogb(value) - 10)); // 0: far below
    const double nearest = std::nearbyint(value / step) * step;
    REQUIRE(from_fp16(to_fp16(value)) == static_cast<float>(nearest));
  }
  const std::vector<float> small = {1e-42F, std::ldexp(1.0F, -24), std::ldexp(3.0F, -16), -std::ldexp(1.0F, -20), 2.0F};
  const auto codec = make_codec("raw", "fp16");
  const auto bytes = codec->encode_values(small);
  CHECK(hex(bytes) == "00000100000310800040");
  CHECK(*codec->decode_values(bytes, 5) ==
        std::vector<float>{0, std::ldexp(1.0F, -24), std::ldexp(3.0F, -16), -std::ldexp(1.0F, -20), 2.0F});
}

TEST_CASE("packed values are the nearest of evenly spaced ones up to the largest magnitude") {
  const std::vector<float> values = {0.0F, 1.0F, -2.0F, 0.31F, -0.34F, 1.99F};
  const auto codec = make_codec("raw", "packed", {.packed_bits = 3}); // 7 numbers: multiples of 2/3
  CHECK(codec->lossy());
  const auto bytes = codec->encode_values(values);
  CHECK(bytes.size() == 4 + 3); // ceil(6 * 3 / 8)
  const auto decoded = codec->decode_values(bytes, 6);
  REQUIRE(decoded);
  const float step = 2.0F / 3;
  for (std::size_t i = 0; i < 6; ++i)
    CHECK((*decoded)[i] == doctest::Approx(std::array{0.0F, 2 * step, -2.0F, 0.0F, -step, 2.0F}[i]));
}

TEST_CASE("unpacking takes the scale that packing took: the largest value comes back as it was") {
  // With the mean magnitude instead, as in DecentralizePy, all values would shrink, here to a quarter.
  std::vector<float> values(1000, 0.25F);
  values[500] = -1.0F;
  for (const unsigned bits : {2U, 5U, 8U, 16U}) {
    CAPTURE(bits);
    const auto codec = make_codec("raw", "packed", {.packed_bits = bits});
    const auto bytes = codec->encode_values(values);
    CHECK(bytes.size() == 4 + (1000 * bits + 7) / 8);
    const auto decoded = codec->decode_values(bytes, 1000);
    REQUIRE(decoded);
    CHECK((*decoded)[500] == -1.0F);
    CHECK(std::abs((*decoded)[0] - 0.25F) <= 0.5F / static_cast<float>((1U << (bits - 1)) - 1));
  }
}

TEST_CASE("packed values that are no numbers do no harm") {
  const float infinity = std::numeric_limits<float>::infinity();
  const auto codec = make_codec("raw", "packed");
  for (const auto& values :
       {std::vector<float>{}, std::vector<float>(7, 0.0F), std::vector<float>{infinity, 1, -infinity},
        std::vector<float>{std::numeric_limits<float>::quiet_NaN(), 1}}) {
    const auto decoded = codec->decode_values(codec->encode_values(values), static_cast<std::uint32_t>(values.size()));
    REQUIRE(decoded);
    if (!values.empty() && values.back() == 1)
      CHECK(decoded->back() == 1);
  }
}

TEST_CASE("lossy fpzip keeps the leading bits, and smooth values take less room than they are long") {
  std::vector<float> values(20'000);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = std::sin(static_cast<float>(i) / 500);
  const auto lossless = make_codec("raw", "fpzip")->encode_values(values);
  CHECK(lossless.size() < 3 * values.size());
  for (const unsigned bits : {12U, 16U, 20U}) {
    CAPTURE(bits);
    const auto codec = make_codec("raw", "fpzip-lossy", {.significant_bits = bits});
    CHECK(codec->lossy());
    const auto bytes = codec->encode_values(values);
    CHECK(bytes.size() < lossless.size());
    const auto decoded = codec->decode_values(bytes, 20'000);
    REQUIRE(decoded);
    for (std::size_t i = 0; i < values.size(); ++i)
      REQUIRE(std::abs((*decoded)[i] - values[i]) <= std::ldexp(std::abs(values[i]), 9 - static_cast<int>(bits)));
  }
}

TEST_CASE("fpzip refuses a changed bit, another number of values and another precision before it reads") {
  const std::vector<float> values = {1, 2, 3.5F, -7, 0, 1e-20F};
  const auto codec = make_codec("raw", "fpzip");
  const auto bytes = codec->encode_values(values);
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    auto bad = bytes;
    bad[bit / 8] ^= std::byte{1} << (bit % 8);
    CHECK_FALSE(codec->decode_values(bad, 6));
  }
  CHECK_FALSE(codec->decode_values(bytes, 5));
  CHECK_FALSE(codec->decode_values(bytes, 0));
  CHECK_FALSE(make_codec("raw", "fpzip-lossy")->decode_values(bytes, 6));
  auto longer = bytes;
  longer.push_back(std::byte{0});
  CHECK_FALSE(codec->decode_values(longer, 6));
}

TEST_CASE("places by seed are those of the law, and as many as asked for") {
  random_stream random(7, purpose::sharing);
  for (const double alpha : {0.001, 0.1, 0.5, 0.97}) {
    CAPTURE(alpha);
    const place_sampler sampler(alpha);
    std::vector<std::uint32_t> drawn;
    std::size_t first = 0;
    for (int i = 0; i < 100; ++i) {
      std::vector<std::uint32_t> now;
      sampler.draw(random, 5, 20'000, now);
      REQUIRE(std::ranges::adjacent_find(now, std::greater_equal<>()) == now.end());
      first += std::ranges::count_if(now, [](auto place) { return place < 10'005; });
      drawn.insert(drawn.end(), now.begin(), now.end());
    }
    CHECK(std::ranges::min(drawn) >= 5);
    CHECK(std::ranges::max(drawn) < 20'005);
    const double deviation = std::sqrt(2e6 * alpha * (1 - alpha));
    CHECK(std::abs(static_cast<double>(drawn.size()) - 2e6 * alpha) < 4 * deviation);
    CHECK(std::abs(2 * static_cast<double>(first) - static_cast<double>(drawn.size())) < 4 * deviation);
  }
  std::vector<std::uint32_t> all;
  place_sampler(1).draw(random, 0, 100, all);
  CHECK(all.size() == 100);
  const place_sampler sampler(0.3), half(0.5);
  const auto check_threes = [](auto draw) { // 120 sets of three of ten
    std::map<std::vector<std::uint32_t>, int> times;
    for (int i = 0; i < 60'000; ++i) {
      const auto three = draw();
      REQUIRE(three.size() == 3);
      REQUIRE(std::ranges::adjacent_find(three, std::greater_equal<>()) == three.end());
      REQUIRE(three.back() < 10);
      ++times[three];
    }
    CHECK(times.size() == 120);
    for (const auto& [set, n] : times)
      CHECK(std::abs(n - 500) < 4.5 * std::sqrt(500));
  };
  check_threes([&] { return draw_places(random, 3, 10); });
  check_threes([&] { return sampler.draw_exactly(random, 3, 10); });
  check_threes([&] { return half.draw_exactly(random, 3, 10); }); // takes more away
  for (const std::size_t count : {0, 1, 63, 64}) {
    CHECK(draw_places(random, count, 64).size() == count);
    CHECK(sampler.draw_exactly(random, count, 64).size() == count);
    CHECK(place_sampler(1).draw_exactly(random, count, 64).size() == count);
  }
}

TEST_CASE("a number of entries that no vector has is refused before memory is taken") {
  const auto codec = make_codec("elias-gamma", "raw");
  std::vector<std::byte> bytes(64, std::byte{0xFF});
  for (std::size_t i = 4; i < 8; ++i)
    bytes[i] = std::byte{0};
  const auto refused = codec->decode(bytes, 1000);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "there are 4294967295 entries of a vector of 1000");
}
