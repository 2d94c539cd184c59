#include "core/sharing/wire.hpp"

#include <bit>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <xxhash.h>

#include "core/random.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::sharing;
using learning::codec;
using learning::fragment;
using learning::fragment_kind;

namespace {

constexpr wire_limits limits{10, 1000, 4};

template <class To, class From>
std::vector<To> bits(const From& values) {
  std::vector<To> result;
  for (const auto v : values)
    result.push_back(std::bit_cast<To>(v));
  return result;
}

/// Floats that a careless conversion would change: quiet and signalling NaN with a payload, infinities, -0, denormals.
std::vector<float> odd_floats() {
  std::vector<float> result;
  for (const std::uint32_t b : {0x7fc00000U, 0xffc12345U, 0x7f812345U, 0x7f800000U, 0xff800000U, 0x80000000U,
                                0x00000001U, 0x807fffffU, 0x00000000U, 0x7f7fffffU, 0x3f800000U})
    result.push_back(std::bit_cast<float>(b));
  return result;
}

std::shared_ptr<learning::vector_pool> pool_of(std::size_t size) {
  return learning::vector_pool::make(size);
}

fragment small_dense(learning::vector_pool& pool) {
  return {3, 7, fragment_kind::model, false, learning::dense_payload(pool.copy(odd_floats()), {-0.0, 1e-310})};
}

bool same(const fragment& a, const fragment& b) {
  if (a.sender != b.sender || a.round != b.round || a.kind != b.kind || a.replaceable != b.replaceable ||
      !a.body != !b.body)
    return false;
  if (!a.body)
    return true;
  const auto floats = [](const fragment& f) {
    return f.body->values ? bits<std::uint32_t>(f.body->values->values()) : std::vector<std::uint32_t>{};
  };
  return a.body->encoding == b.body->encoding && a.body->bytes == b.body->bytes && floats(a) == floats(b) &&
         bits<std::uint64_t>(a.body->scalars) == bits<std::uint64_t>(b.body->scalars);
}

/// A message with `value` written into its header at `offset`, and the checksum made right again.
template <class T>
std::vector<std::byte> forged(std::vector<std::byte> message, std::size_t offset, T value) {
  std::memcpy(message.data() + offset, &value, sizeof value);
  const auto seed = XXH3_64bits(message.data(), 40);
  const auto sum = XXH3_64bits_withSeed(message.data() + 48, message.size() - 48, seed);
  std::memcpy(message.data() + 40, &sum, sizeof sum);
  return message;
}

} // namespace

TEST_CASE("a fragment survives the wire bit for bit, at the size that it says") {
  const auto pool = pool_of(odd_floats().size());
  std::vector<fragment> fragments{
      small_dense(*pool),
      {0, 0, fragment_kind::model, false, nullptr},
      {9, ~0U, static_cast<fragment_kind>(0xffff), true, nullptr},
      {1, 2, fragment_kind::first_own, true, std::make_shared<learning::payload>()},
  };
  learning::payload scalars_only;
  scalars_only.scalars = {std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::infinity(), -0.0,
                          5e-324};
  fragments.push_back({2, 3, fragment_kind::model, false, std::make_shared<const learning::payload>(scalars_only)});
  learning::payload encoded;
  encoded.bytes = {std::byte{0}, std::byte{255}, std::byte{7}};
  encoded.scalars = {1};
  fragments.push_back({2, 3, fragment_kind::model, false, std::make_shared<const learning::payload>(encoded)});
  for (const auto& f : fragments) {
    const auto message = encode(f);
    CHECK(message.size() == f.wire_size());
    const auto back = decode(message, limits, *pool);
    REQUIRE(back);
    CHECK(same(*back, f));
    CHECK(encode(*back) == message);
  }
}

TEST_CASE("every truncated message is refused, and one with a tail too") {
  const auto pool = pool_of(odd_floats().size());
  auto message = encode(small_dense(*pool));
  for (std::size_t size = 0; size < message.size(); ++size) {
    const auto refused = decode(std::span(message).first(size), limits, *pool);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.starts_with("a fragment was refused: "));
  }
  message.push_back(std::byte{0});
  CHECK_FALSE(decode(message, limits, *pool));
}

TEST_CASE("every single flipped bit is noticed") {
  const auto pool = pool_of(odd_floats().size());
  for (const auto& f : {small_dense(*pool), fragment{1, 1, fragment_kind::model, true, nullptr}}) {
    auto message = encode(f);
    for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
      const auto mask = std::byte{1} << (bit % 8);
      message[bit / 8] ^= mask;
      CHECK_FALSE(decode(message, limits, *pool));
      message[bit / 8] ^= mask;
    }
    CHECK(decode(message, limits, *pool));
  }
}

TEST_CASE("forged headers with a right checksum are refused before anything is allocated") {
  const auto pool = pool_of(odd_floats().size());
  const auto message = encode(small_dense(*pool));
  const auto made = pool->peak();
  const auto refusal = [&](const std::vector<std::byte>& bytes) {
    const auto decoded = decode(bytes, limits, *pool);
    return decoded ? std::string("accepted") : decoded.error().message;
  };
  CHECK(refusal(forged(message, 4, std::uint16_t{2})) ==
        "a fragment was refused: it has another version of the format.");
  CHECK(refusal(forged(message, 8, std::uint16_t{77})) == "a fragment was refused: its codec is unknown.");
  CHECK(refusal(forged(message, 10, std::uint16_t{6})) == "a fragment was refused: it has unknown flags.");
  CHECK(refusal(forged(message, 12, std::uint32_t{10})) ==
        "a fragment was refused: its sender is not a node of this run.");
  const std::string larger = "a fragment was refused: it says that it is larger than this run's fragments.";
  CHECK(refusal(forged(message, 20, std::uint32_t{5})) == larger);
  CHECK(refusal(forged(message, 20, ~std::uint32_t{0})) == larger);
  CHECK(refusal(forged(message, 32, ~std::uint64_t{0})) == larger);
  CHECK(refusal(forged(message, 32, std::uint64_t{1001})) == larger);
  const std::string other_model = "a fragment was refused: its vector has another size than the run's model.";
  for (const std::uint64_t values : {std::uint64_t{0}, std::uint64_t{10}, std::uint64_t{1} << 62, ~std::uint64_t{0}})
    CHECK(refusal(forged(message, 24, values)) == other_model);
  CHECK(refusal(forged(message, 8, std::uint16_t{0})) == other_model);
  // Sizes that are allowed but not those of this message; a payload that the flags deny.
  CHECK(refusal(forged(message, 20, std::uint32_t{1})) ==
        "a fragment was refused: its length is not the one in its header.");
  CHECK(refusal(forged(message, 32, std::uint64_t{1000})) ==
        "a fragment was refused: its length is not the one in its header.");
  CHECK(refusal(forged(message, 10, std::uint16_t{0})) ==
        "a fragment was refused: it has a payload, which its header denies.");
  CHECK(refusal(forged(message, 12, std::uint32_t{9})) == "accepted");
  CHECK(pool->peak() == made);
}

TEST_CASE("noise is refused") {
  const auto pool = pool_of(4);
  random_stream random(1, purpose::evaluation);
  for (int trial = 0; trial < 2000; ++trial) {
    std::vector<std::byte> noise(random.below(200));
    for (auto& b : noise)
      b = static_cast<std::byte>(random.below(256));
    if (noise.size() >= 8 && trial % 2 == 0)
      std::memcpy(noise.data(), "RHZ1\1\0\0\0", 8);
    CHECK_FALSE(decode(noise, limits, *pool));
  }
}
