#include "tests/core/data/support.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::tests;

namespace {

config::section csv_section(const std::string& path, const std::string& label,
                            const std::vector<std::pair<std::string, config::value>>& more = {}) {
  auto section = data_section("csv", {{"path", path}, {"label", label}});
  for (const auto& [name, value] : more)
    section.set(name, value);
  return section;
}

const std::vector<float>& floats(const data::samples& of) {
  return std::get<std::vector<float>>(of.features);
}

} // namespace

TEST_CASE("a CSV table with a header and text labels: classes are numbered in sorted order") {
  const temporary_directory at;
  write_file(at / "train.csv",
             "\xEF\xBB\xBFwidth, \"species\",height\r\n1.5,versicolor,-2e1\r\n\r\n+3,\"a \"\"b\"\"\",4");
  write_gz(at / "test.csv.gz", "width,species,height\n7,versicolor,8\n");
  const auto set = data::load(csv_section(at.string(), "species"), 1, 1);
  REQUIRE(set);
  CHECK(set->shape == std::vector<std::int64_t>{2});
  CHECK(set->classes == 2);
  CHECK(floats(set->train) == std::vector<float>{1.5F, -20, 3, 4});
  CHECK(set->train.labels == std::vector<std::int32_t>{1, 0});
  CHECK(floats(set->test) == std::vector<float>{7, 8});
  CHECK(set->test.labels == std::vector<std::int32_t>{1});
  CHECK(set->mean == std::vector<float>{2.25F, -8});
  CHECK(set->deviation == std::vector<float>{0.75F, 12});
}

TEST_CASE("integer labels are sorted by value, and the label's column may be a number") {
  const temporary_directory at;
  const std::string rows = "1,10\n2,9\n3,-1\n";
  write_file(at / "train.csv", rows);
  write_file(at / "test.csv", "x,y\n" + rows); // a header is seen because x is no number
  CHECK(contains(load_error(csv_section(at.string(), "-1")), "do not have the same columns"));
  write_file(at / "test.csv", rows);
  for (const std::string label : {"-1", "1"}) {
    const auto set = data::load(csv_section(at.string(), label), 1, 1);
    REQUIRE(set);
    CHECK(set->train.count == 3);
    CHECK(set->train.labels == std::vector<std::int32_t>{2, 1, 0});
  }
}

TEST_CASE("a fraction of one CSV file becomes the test set, the same for the same seed") {
  const temporary_directory at;
  std::string rows = "x,y\n";
  for (int i = 0; i < 20; ++i)
    rows += std::to_string(i) + "," + std::to_string(2 * i) + ".5\n";
  write_file(at / "all.csv", rows);
  const auto section = csv_section(at / "all.csv", "y", {{"task", std::string("regression")}, {"test_fraction", 0.25}});
  const auto set = data::load(section, 1, 1);
  REQUIRE(set);
  CHECK(set->kind == data::task::regression);
  CHECK(set->train.count == 15);
  CHECK(set->test.count == 5);
  std::vector<bool> seen(20);
  for (const auto* part : {&set->train, &set->test})
    for (std::size_t i = 0; i < part->count; ++i) {
      const float x = floats(*part)[i];
      CHECK(part->targets[i] == 2 * x + 0.5F);
      CHECK_FALSE(seen[static_cast<std::size_t>(x)]);
      seen[static_cast<std::size_t>(x)] = true;
    }
  CHECK(data::load(section, 1, 1)->test.targets == set->test.targets);
  CHECK(data::load(section, 1, 2)->test.targets != set->test.targets);
  CHECK(contains(load_error(csv_section(at / "all.csv", "y")), "set data.test_fraction"));
}

TEST_CASE("each way in which a CSV file can be wrong has a sentence that names the place") {
  const temporary_directory at;
  std::string content, said, label = "y", test = "x,y\n1,a\n";
  SUBCASE("no such column") {
    content = "x,z\n1,2\n";
    said = "train.csv has no column \"y\" (data.label) in its first line, which is: x,z";
  }
  SUBCASE("column number too large") {
    content = "1,2\n";
    label = "2";
    said = "data.label has to be from -2 to 1, but it is 2";
  }
  SUBCASE("ragged") {
    content = "x,y\n1,a\n1,2,3\n";
    said = "train.csv:3: 3 cells, expected 2";
  }
  SUBCASE("not a number") {
    content = "x,y\n1,a\n1e999,b\n";
    said = "train.csv:3: column 0 is \"1e999\", expected a finite number";
  }
  SUBCASE("missing value") {
    content = "x,y\n,a\n";
    said = "train.csv:2: column 0 is \"\"";
  }
  SUBCASE("missing label") {
    content = "x,y\n1,\n";
    said = "train.csv:2: the label is empty";
  }
  SUBCASE("open quote") {
    content = "x,y\n1,\"a\n";
    said = "train.csv:2: a quoted cell is not closed";
  }
  SUBCASE("no rows") {
    content = "x,y\n";
    said = "train.csv has no rows";
  }
  SUBCASE("no features") {
    content = "y\na\n";
    said = "has a single column";
  }
  SUBCASE("a label that only the test set has") {
    content = "x,y\n1,b\n";
    said = "test.csv has the label \"a\", which no training sample has";
  }
  write_file(at / "train.csv", content);
  write_file(at / "test.csv", test);
  const auto message = load_error(csv_section(at.string(), label));
  INFO(message);
  CHECK(contains(message, said));
}
