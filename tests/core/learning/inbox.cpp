#include "core/learning/inbox.hpp"

#include "tests/support/doctest.hpp"

using namespace rhizome::learning;

namespace {

fragment fragment_of(std::uint32_t sender, std::uint32_t round, double mark, bool replaceable = false) {
  return {sender, round, fragment_kind::model, replaceable, dense_payload(nullptr, {mark})};
}

} // namespace

TEST_CASE("an inbox keeps fragments by round, sender and kind until they are taken") {
  inbox box;
  CHECK(box.put(fragment_of(1, 5, 10)));
  CHECK(box.put(fragment_of(1, 2, 20)));
  CHECK(box.put(fragment_of(2, 5, 30)));
  auto other_kind = fragment_of(1, 5, 40);
  other_kind.kind = fragment_kind::first_own;
  CHECK(box.put(other_kind));
  CHECK(box.size() == 4);
  CHECK(box.contains(5, 1));
  CHECK_FALSE(box.contains(2, 2));
  CHECK(box.take(5, 1)->body->scalars[0] == 10);
  CHECK_FALSE(box.take(5, 1));
  CHECK(box.take(5, 1, fragment_kind::first_own)->body->scalars[0] == 40);
  CHECK(box.take(5, 2)->body->scalars[0] == 30);
  CHECK(box.take(2, 1)->body->scalars[0] == 20);
  CHECK(box.size() == 0);
}

TEST_CASE("a second fragment of one key counts only if it may replace the first") {
  inbox box;
  CHECK(box.put(fragment_of(1, 0, 10)));
  CHECK_FALSE(box.put(fragment_of(1, 0, 20)));
  CHECK(box.put(fragment_of(1, 0, 30, true)));
  CHECK(box.size() == 1);
  CHECK(box.take(0, 1)->body->scalars[0] == 30);
}

TEST_CASE("an empty notice is a fragment") {
  inbox box;
  CHECK(box.put({3, 1, fragment_kind::model, false, nullptr}));
  CHECK(box.contains(1, 3));
  CHECK(box.take(1, 3)->body == nullptr);
}
