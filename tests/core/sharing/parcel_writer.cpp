#include "core/sharing/parcel_writer.hpp"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "core/random.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/parcels.hpp"

using namespace rhizome;
using namespace rhizome::sharing;
using namespace rhizome::test;

TEST_CASE("a writer gives any range of the parcel's bytes") {
  const auto pool = learning::vector_pool::make(odd_floats().size());
  random_stream random(1, purpose::evaluation);
  for (const auto& p : parcels_of_every_form(*pool)) {
    const auto whole = encode(p);
    const parcel_writer writer(p);
    REQUIRE(writer.size() == whole.size());
    for (int trial = 0; trial < 200; ++trial) {
      const auto offset = random.below(whole.size() + 1);
      std::vector<std::byte> part(random.below(whole.size() - offset + 1));
      writer.read(offset, part);
      CHECK(std::equal(part.begin(), part.end(), whole.begin() + static_cast<std::ptrdiff_t>(offset)));
    }
  }
}

TEST_CASE("a writer shares the vector that it sends") {
  const auto pool = learning::vector_pool::make(odd_floats().size());
  auto model = pool->copy(odd_floats());
  const learning::snapshot snapshot = model;
  parcel_writer writer({{1, 2, {}, false, learning::dense_payload(snapshot)}, parcel_channel::nodes, {3}});
  CHECK(pool->peak() == 1);
  CHECK(snapshot.use_count() == 3);
  const parcel_writer moved = std::move(writer);
  CHECK(snapshot.use_count() == 3);
  std::vector<std::byte> last(4);
  moved.read(moved.size() - 4, last);
  CHECK(std::ranges::equal(last, std::as_bytes(snapshot->values().last(1))));
}

TEST_CASE("receivers are a set: their order does not matter and nobody gets a fragment twice") {
  const auto pool = learning::vector_pool::make(1);
  const learning::fragment notice{1, 2, {}, false, nullptr};
  const auto bytes = encode({notice, parcel_channel::nodes, {5, 7, 9}});
  CHECK(encode({notice, parcel_channel::nodes, {9, 5, 7, 5}}) == bytes);
  const auto back = decode(bytes, {.nodes = 10, .max_bytes = 0}, *pool);
  REQUIRE(back);
  CHECK(back->receivers == std::vector<node_id>{5, 7, 9});
}
