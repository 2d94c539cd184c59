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
