#include "core/sharing/wire.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "core/random.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/parcels.hpp"

using namespace rhizome;
using namespace rhizome::sharing;
using namespace rhizome::test;

namespace {

const wire_limits limits{.nodes = 10,
                         .max_bytes = 1000,
                         .max_scalars = 4,
                         .from_peer = [](node_id id) { return id < 5; },
                         .placed_here = [](node_id id) { return id >= 5; }};

std::shared_ptr<learning::vector_pool> odd_pool() {
  return learning::vector_pool::make(odd_floats().size());
}

/// A dense fragment with two scalars for five receivers: 16 + 20 bytes, a header, 16 + 44 bytes.
std::vector<std::byte> dense_message(learning::vector_pool& pool) {
  return encode(parcels_of_every_form(pool)[1]);
}
constexpr std::size_t fragment_at = 16 + 5 * 4;

/// What is said about these bytes, without what every refusal begins with.
std::string refusal(const std::vector<std::byte>& bytes, learning::vector_pool& pool) {
  const auto decoded = decode(bytes, limits, pool);
  if (decoded)
    return "accepted";
  const std::string start = "a fragment was refused: ";
  const auto& message = decoded.error().message;
  REQUIRE(message.starts_with(start));
  return message.substr(start.size());
}

} // namespace

TEST_CASE("a parcel survives the wire bit for bit, at the size that it says") {
  const auto pool = odd_pool();
  for (const auto& p : parcels_of_every_form(*pool)) {
    const auto message = encode(p);
    CHECK(message.size() == parcel_wire_size(p.fragment, p.receivers.size()));
    CHECK(message.size() == 16 + 4 * p.receivers.size() + p.fragment.wire_size());
    const auto back = decode(message, limits, *pool);
    REQUIRE_MESSAGE(back, back.error().message);
    CHECK(same(*back, p));
    CHECK(encode(*back) == message);
  }
}

TEST_CASE("the checksum is what the format says, over receivers, headers and payload") {
  const auto pool = odd_pool();
  for (const auto& p : parcels_of_every_form(*pool)) {
    const auto message = encode(p);
    auto repaired = message;
    repair_checksum(repaired);
    CHECK(repaired == message);
  }
}

TEST_CASE("every truncated message is refused, and one with a tail too") {
  const auto pool = odd_pool();
  auto message = dense_message(*pool);
  for (std::size_t size = 0; size < message.size(); ++size)
    CHECK(refusal({message.begin(), message.begin() + static_cast<std::ptrdiff_t>(size)}, *pool) ==
          "it ended before its end.");
  message.push_back(std::byte{0});
  CHECK(refusal(message, *pool) == "it goes on behind its end.");
}

TEST_CASE("every single flipped bit is noticed") {
  const auto pool = odd_pool();
  for (const auto& p : parcels_of_every_form(*pool)) {
    auto message = encode(p);
    for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
      const auto mask = std::byte{1} << (bit % 8);
      message[bit / 8] ^= mask;
      CHECK_FALSE(decode(message, limits, *pool));
      message[bit / 8] ^= mask;
    }
    CHECK(decode(message, limits, *pool));
  }
}

TEST_CASE("a forged parcel header with a right checksum is refused before anything is allocated") {
  const auto pool = odd_pool();
  const auto message = dense_message(*pool);
  const auto made = pool->peak();
  CHECK(refusal(forged(message, 0, std::uint32_t{0}), *pool) == "it has no receivers.");
  for (const std::uint32_t receivers : {11U, 0x40000000U, ~0U})
    CHECK(refusal(forged(message, 0, receivers), *pool) == "it has more receivers than the run has nodes.");
  for (const std::uint16_t channel : {std::uint16_t{3}, std::uint16_t{255}, std::uint16_t{65535}})
    CHECK(refusal(forged(message, 4, channel), *pool) == "its channel is unknown.");
  CHECK(refusal(forged(message, 6, std::uint16_t{1}), *pool) == "its channel is unknown.");
  CHECK(refusal(forged(message, 8, std::uint64_t{0}), *pool) == "it says that it is smaller than its headers.");
  for (const std::uint64_t size : {std::uint64_t{1} << 32, ~std::uint64_t{0}})
    CHECK(refusal(forged(message, 8, size), *pool) == "it says that it is larger than this run's fragments.");
  CHECK(refusal(forged(message, 8, std::uint64_t{message.size() + 1}), *pool) ==
        "its length is not the one in its header.");
  CHECK(refusal(forged(message, 16, std::uint32_t{10}), *pool) == "a receiver is not a node of this run.");
  CHECK(refusal(forged(message, 16, std::uint32_t{4}), *pool) == "a receiver is not on this machine.");
  CHECK(refusal(forged(message, 20, std::uint32_t{5}), *pool) == "its receivers are not in ascending order.");
  CHECK(refusal(forged(message, 16, std::uint32_t{7}), *pool) == "its receivers are not in ascending order.");
  CHECK(pool->peak() == made);
}

TEST_CASE("a forged fragment header with a right checksum is refused before anything is allocated") {
  const auto pool = odd_pool();
  const auto message = dense_message(*pool);
  const auto made = pool->peak();
  const auto with = [&](std::size_t offset, auto value) {
    return refusal(forged(message, fragment_at + offset, value), *pool);
  };
  CHECK(with(0, std::uint32_t{0}) == "it does not begin with the magic number.");
  CHECK(with(4, std::uint16_t{1}) == "it has another version of the format.");
  CHECK(with(6, std::uint16_t{1}) == "its kind is unknown.");
  CHECK(with(6, std::uint16_t{15}) == "its kind is unknown.");
  CHECK(with(8, std::uint16_t{77}) == "its codec is unknown.");
  CHECK(with(10, std::uint16_t{10}) == "it has unknown flags.");
  CHECK(with(10, std::uint16_t{6}) == "it has buffers, which do not travel apart here.");
  CHECK(with(12, std::uint32_t{10}) == "its sender is not a node of this run.");
  CHECK(with(12, std::uint32_t{5}) == "its sender is not on the machine that sent it.");
  const std::string larger = "it says that it is larger than this run's fragments.";
  CHECK(with(20, std::uint32_t{5}) == larger);
  CHECK(with(20, ~std::uint32_t{0}) == larger);
  CHECK(with(32, ~std::uint64_t{0}) == larger);
  CHECK(with(32, std::uint64_t{1001}) == larger);
  for (const std::uint64_t values : {std::uint64_t{0}, std::uint64_t{10}, std::uint64_t{1} << 62, ~std::uint64_t{0}})
    CHECK(with(24, values) == "its vector has another size than the run's model.");
  CHECK(with(8, std::uint16_t{0}) == "its vector has another size than the run's model.");
  // Sizes that are allowed but not those of this message; a payload that the flags deny.
  CHECK(with(20, std::uint32_t{1}) == "its length is not the one in its header.");
  CHECK(with(32, std::uint64_t{1000}) == "its length is not the one in its header.");
  CHECK(with(10, std::uint16_t{0}) == "it has a payload, which its header denies.");
  CHECK(pool->peak() == made);
  CHECK(with(12, std::uint32_t{4}) == "accepted");
}

TEST_CASE("without predicates every node may send and receive") {
  const auto pool = odd_pool();
  const wire_limits open{.nodes = 10, .max_bytes = 1000};
  CHECK(decode(forged(dense_message(*pool), fragment_at + 12, std::uint32_t{9}), open, *pool));
  CHECK(decode(forged(dense_message(*pool), 16, std::uint32_t{0}), open, *pool));
}

TEST_CASE("noise is refused") {
  const auto pool = odd_pool();
  const auto start = dense_message(*pool);
  random_stream random(1, purpose::evaluation);
  for (int trial = 0; trial < 2000; ++trial) {
    std::vector<std::byte> noise(random.below(200));
    for (auto& b : noise)
      b = static_cast<std::byte>(random.below(256));
    if (trial % 2 == 0) // begins well
      std::copy_n(start.begin(), std::min<std::size_t>(noise.size(), random.below(start.size())), noise.begin());
    CHECK_FALSE(decode(noise, limits, *pool));
  }
}
