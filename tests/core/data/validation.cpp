// data.validation: a part of the test or training samples that is held out.

#include <set>

#include "core/data/checksum.hpp"
#include "core/data/partition.hpp"
#include "tests/core/data/support.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::tests;

namespace {

data::dataset loaded(double fraction, const std::string& source = "test", std::uint64_t seed = 1) {
  auto set =
      data::load(data_section("synthetic-classes", {{"validation", fraction}, {"validation_source", source}}), 4, seed);
  REQUIRE_MESSAGE(set.has_value(), (set ? "" : set.error().message));
  return *set;
}

/// The samples' features: normal numbers, so that no two samples have the same.
std::multiset<std::vector<float>> content(const data::dataset& set, const std::vector<const data::samples*>& parts) {
  std::multiset<std::vector<float>> found;
  for (const auto* part : parts) {
    const auto& values = std::get<std::vector<float>>(part->features);
    for (std::size_t i = 0; i < part->count; ++i) {
      const auto first = values.begin() + static_cast<std::ptrdiff_t>(i * set.features());
      found.emplace(first, first + static_cast<std::ptrdiff_t>(set.features()));
    }
  }
  return found;
}

} // namespace

TEST_CASE("without a fraction there is no validation set, and the checksum is that of the rest") {
  const auto whole = loaded(0);
  CHECK(whole.validation.count == 0);
  CHECK(whole.test.count == 1'000);
  auto other = whole;
  other.validation = other.test;
  CHECK(data::checksum(other) != data::checksum(whole));
}

TEST_CASE("the validation set is a part of the test set that is missing there") {
  const auto whole = loaded(0), set = loaded(0.25);
  CHECK(set.validation.count == 250);
  CHECK(set.validation.labels.size() == 250);
  CHECK(set.test.count == 750);
  CHECK(content(set, {&set.test, &set.validation}) == content(whole, {&whole.test}));
  CHECK(set.train.features == whole.train.features);
}

TEST_CASE("the validation set is a part of the training set that no node holds") {
  const auto whole = loaded(0), set = loaded(0.1, "train");
  CHECK(set.validation.count == whole.train.count / 10);
  CHECK(content(set, {&set.train, &set.validation}) == content(whole, {&whole.train}));
  CHECK(set.test.features == whole.test.features);
  const auto parts = data::make_partition(set, data_section("synthetic-classes"), 4, 1);
  REQUIRE(parts);
  std::size_t held = 0;
  for (const auto& shard : parts->train)
    held += shard.size();
  CHECK(held == set.train.count);
}

TEST_CASE("each host holds the same samples out, other ones with another seed") {
  CHECK(data::checksum(loaded(0.25)) == data::checksum(loaded(0.25)));
  CHECK(loaded(0.25).validation.features != loaded(0.25, "test", 2).validation.features);
}

TEST_CASE("a fraction that leaves nothing on one side is refused") {
  const auto refusal = load_error(data_section(
      "synthetic-classes",
      {{"validation", 0.01}, {"test_samples", std::int64_t{20}}, {"validation_source", std::string("test")}}));
  CHECK(contains(refusal, "data.validation = 0.01 of the 20 test samples leaves no validation samples"));
}
