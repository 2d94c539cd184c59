#include "core/sharing/parcel_reader.hpp"

#include <algorithm>
#include <span>
#include <vector>

#include "core/random.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/parcels.hpp"

using namespace rhizome;
using namespace rhizome::sharing;
using namespace rhizome::test;

namespace {

const wire_limits limits{.nodes = 10, .max_bytes = 1000, .max_scalars = 4};

} // namespace

TEST_CASE("a parcel comes together from chunks of any sizes") {
  const auto pool = learning::vector_pool::make(odd_floats().size());
  random_stream random(1, purpose::evaluation);
  for (const auto& p : parcels_of_every_form(*pool)) {
    const auto whole = encode(p);
    for (std::size_t largest = 0; largest <= whole.size(); ++largest) {
      parcel_reader reader(limits, *pool);
      for (std::span<const std::byte> rest = whole; !rest.empty();) {
        CHECK_FALSE(reader.complete());
        const auto chunk = rest.first(std::min(rest.size(), largest == 0 ? 1 : random.below(largest + 1)));
        REQUIRE(reader.append(chunk));
        rest = rest.subspan(chunk.size());
      }
      CHECK(reader.complete());
      const auto back = reader.finish();
      REQUIRE(back);
      CHECK(same(*back, p));
    }
  }
}

TEST_CASE("a header is judged when it is complete, and the vector is taken from the pool then") {
  const auto pool = learning::vector_pool::make(odd_floats().size());
  const auto whole = encode({{1, 2, {}, false, learning::dense_payload(pool->copy(odd_floats()))}, {}, {3}});
  const auto held = pool->acquire(); // the vector of the parcel that was encoded
  REQUIRE(pool->peak() == 1);
  const auto head = head_size(whole);
  parcel_reader reader(limits, *pool);
  CHECK(reader.append(std::span(whole).first(head - 1)));
  CHECK(pool->peak() == 1);
  CHECK(reader.append(std::span(whole).subspan(head - 1, 1)));
  CHECK(pool->peak() == 2);

  const auto bad = forged(whole, 8, std::uint64_t{whole.size() + 4});
  parcel_reader wary(limits, *pool);
  CHECK(wary.append(std::span(bad).first(head - 1)));
  CHECK_FALSE(wary.append(std::span(bad).subspan(head - 1, 1)));
  CHECK(pool->peak() == 2);
}

TEST_CASE("after a refusal nothing more comes of a parcel") {
  const auto pool = learning::vector_pool::make(odd_floats().size());
  const auto whole = encode(parcels_of_every_form(*pool).front());
  const auto bad = forged(whole, 4, std::uint16_t{9});
  parcel_reader reader(limits, *pool);
  const auto first = reader.append(bad);
  REQUIRE_FALSE(first);
  const auto second = reader.append(whole);
  REQUIRE_FALSE(second);
  CHECK(second.error().message == first.error().message);
  CHECK_FALSE(reader.complete());
  const auto end = reader.finish();
  REQUIRE_FALSE(end);
  CHECK(end.error().message == first.error().message);
}

TEST_CASE("the memory of a parcel that is given up goes back to the pool") {
  const auto pool = learning::vector_pool::make(odd_floats().size());
  const auto whole = encode({{1, 2, {}, false, learning::dense_payload(pool->copy(odd_floats()))}, {}, {3}});
  for (int trial = 0; trial < 3; ++trial) {
    parcel_reader reader(limits, *pool);
    REQUIRE(reader.append(std::span(whole).first(whole.size() - 1)));
  }
  CHECK(pool->peak() == 1);
}

TEST_CASE("buffers travel beside encoded bytes and beside the parameters alone") {
  const auto pool = learning::vector_pool::make(5);
  const wire_limits with_buffers{.nodes = 10, .max_bytes = 1000, .max_scalars = 4, .parameters = 3, .buffers = 2};
  const auto parameters = pool->copy(std::vector<float>{1, 2, 3}), statistics = pool->copy(std::vector<float>{4, 5});
  auto encoded = std::make_shared<learning::payload>(*learning::bytes_payload({std::byte{7}}));
  auto dense = std::make_shared<learning::payload>(*learning::dense_payload(parameters, {6}));
  encoded->buffers = dense->buffers = statistics;
  for (const learning::payload_ptr body : {encoded, dense}) {
    const parcel sent{{1, 2, {}, false, body}, {}, {3}};
    const auto bytes = encode(sent);
    CHECK(bytes.size() == parcel_wire_size(sent.fragment, 1));
    const auto back = decode(bytes, with_buffers, *pool);
    REQUIRE_MESSAGE(back, back.error().message);
    const auto& got = *back->fragment.body;
    CHECK(std::ranges::equal(got.buffers->values(), statistics->values()));
    CHECK(got.bytes == body->bytes);
    CHECK(got.scalars == body->scalars);
    CHECK((got.values ? got.values->size() : 0) == (body->values ? 3 : 0));
    CHECK(encode(*back) == bytes);
    CHECK_FALSE(decode(bytes, limits, *pool)); // a run where they are not apart
    auto elsewhere = sent;
    elsewhere.channel = parcel_channel::averager; // models that are averaged are whole
    CHECK_FALSE(decode(encode(elsewhere), with_buffers, *pool));
  }
  const parcel whole{{1, 2, {}, false, learning::dense_payload(pool->acquire())}, {}, {3}};
  CHECK_FALSE(decode(encode(whole), with_buffers, *pool));
  auto donated = whole;
  donated.channel = parcel_channel::donation;
  CHECK(decode(encode(donated), with_buffers, *pool));
}
