#include "core/data/schema.hpp"

#include "core/data/source.hpp"
#include "tests/core/data/support.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::tests;

namespace {

/// The keys that the schema's check complains about.
std::vector<std::string> complaints(const config::section& section) {
  config::document all;
  all.set("data", section);
  all.set("experiment", config::section({{"nodes", std::int64_t{2}}}));
  std::vector<std::string> keys;
  for (const auto& problem : data::schema().check(all)) {
    CHECK_FALSE(contains(problem.sentence, problem.key + " ")); // the key is printed in front of it
    keys.push_back(problem.key);
  }
  return keys;
}

} // namespace

TEST_CASE("every data set has a loader and keys that do not hide a common one") {
  const auto schema = data::schema();
  CHECK(schema.find("dataset", "")->default_value == config::value(std::string("fashion-mnist")));
  for (const auto& source : data::all_sources()) {
    CAPTURE(source.variant.name);
    CHECK(bool(source.load));
    CHECK(schema.find_variant(source.variant.name) != nullptr);
    CHECK(source.generated == source.how_to_get.empty());
    for (const auto& own : source.variant.keys)
      for (const auto& common : schema.keys)
        CHECK(own.name != common.name);
  }
}

TEST_CASE("combinations of [data] that cannot work are named") {
  using keys = std::vector<std::string>;
  CHECK(complaints(data_section("fashion-mnist", {{"partition", std::string("dirichlet")}})).empty());
  CHECK(complaints(data_section("synthetic-regression")).empty());
  for (const std::string method : {"shards", "dirichlet", "by-class"}) {
    CHECK(complaints(data_section("synthetic-regression", {{"partition", method}})) == keys{"data.partition"});
    const std::vector<std::pair<std::string, config::value>> csv = {
        {"path", std::string("d")}, {"task", std::string("regression")}, {"partition", method}};
    CHECK(complaints(data_section("csv", csv)) == keys{"data.partition"});
  }
  for (const auto& sizes : {std::vector{0.5, 0.25}, std::vector<double>{}})
    CHECK(complaints(data_section("fashion-mnist", {{"sizes", sizes}})).empty());
  for (const auto& sizes : {std::vector{0.5}, std::vector{0.5, 0.75}})
    CHECK(complaints(data_section("fashion-mnist", {{"sizes", sizes}})) == keys{"data.sizes"});
  CHECK(complaints(data_section("fashion-mnist", {{"sizes", std::vector{0.5, 0.5}},
                                                  {"partition", std::string("dirichlet")}})) == keys{"data.sizes"});
  CHECK(complaints(data_section("cifar-10")) == keys{"data.path"});
  CHECK(complaints(data_section("synthetic-images", {{"path", std::string("d")}})) == keys{"data.path"});
  CHECK(complaints(data_section("synthetic-images", {{"shape", std::vector<std::int64_t>{28, 28}}})) ==
        keys{"data.shape"});
}
