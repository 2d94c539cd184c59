#include <algorithm>

#include "core/data/partition.hpp"
#include "tests/core/data/support.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::tests;

namespace {

using values = std::vector<std::pair<std::string, config::value>>;

config::section at_path(const std::string& path, values more = {}) {
  more.emplace_back("path", path);
  return data_section("text", more);
}

const std::vector<std::uint8_t>& bytes(const data::samples& of) {
  return std::get<std::vector<std::uint8_t>>(of.features);
}

} // namespace

TEST_CASE("text as characters: each place but the last ones of a part begins a sample, labelled with what follows") {
  const temporary_directory at;
  write_file(at / "a.txt", "aabaabaabcaaxa"); // the last four are for testing
  const auto set =
      data::load(at_path((at / "a.txt").string(), {{"sequence", std::int64_t{2}}, {"test_fraction", 0.28}}), 1, 1);
  REQUIRE_MESSAGE(set.has_value(), (set ? "" : set.error().message));
  CHECK(set->shape == std::vector<std::int64_t>{2});
  CHECK(set->vocabulary == 4); // what is unknown, a, b, c
  CHECK(set->classes == 4);
  CHECK(set->users == 1);
  CHECK(set->train.count == 8);
  CHECK(bytes(set->train)[0] == 1);
  CHECK(bytes(set->train)[4] == 2);
  CHECK(set->train.labels == std::vector<std::int32_t>{2, 1, 1, 2, 1, 1, 2, 3});
  CHECK(set->test.count == 2);
  CHECK(set->test.labels == std::vector<std::int32_t>{0, 1}); // x is not in the training text
}

TEST_CASE("text: the vocabulary has the most frequent ones, and a stride leaves places out") {
  const temporary_directory at;
  write_file(at / "a.txt", "aabaabaabcaaxa");
  const auto set = data::load(at_path((at / "a.txt").string(), {{"sequence", std::int64_t{2}},
                                                                {"stride", std::int64_t{3}},
                                                                {"vocabulary", std::int64_t{2}},
                                                                {"test_fraction", 0.28}}),
                              1, 1);
  REQUIRE(set);
  CHECK(set->vocabulary == 2);
  CHECK(set->train.labels == std::vector<std::int32_t>{0, 0, 0});
  CHECK(bytes(set->train) == std::vector<std::uint8_t>{1, 1, 1, 1, 1, 1});
}

TEST_CASE("text as words: case does not matter, punctuation marks are words, white space is none") {
  const temporary_directory at;
  write_file(at / "a.txt", "The cat, the\n  CAT's cat. The end the end the cat");
  const auto set =
      data::load(at_path((at / "a.txt").string(),
                         {{"unit", std::string("words")}, {"sequence", std::int64_t{1}}, {"test_fraction", 0.23}}),
                 1, 1);
  REQUIRE_MESSAGE(set.has_value(), (set ? "" : set.error().message));
  // training: the cat , the cat's cat . the end the: the 4, cat 2, then by bytes: "," "." "cat's" "end"
  CHECK(set->vocabulary == 7);
  CHECK(bytes(set->train) == std::vector<std::uint8_t>{1, 2, 3, 1, 5, 2, 4, 1, 6});
  CHECK(set->train.labels == std::vector<std::int32_t>{2, 3, 1, 5, 2, 4, 1, 6, 1});
  CHECK(set->test.count == 2);
}

TEST_CASE("text: characters are those of UTF-8, and a vocabulary above 256 is kept in floats") {
  const temporary_directory at;
  std::string text;
  for (int i = 0; i < 300; ++i) {
    text += static_cast<char>(0xC4 + i / 64);
    text += static_cast<char>(0x80 + i % 64);
  }
  write_file(at / "a.txt", text + text);
  const auto set =
      data::load(at_path((at / "a.txt").string(), {{"sequence", std::int64_t{4}}, {"test_fraction", 0.1}}), 1, 1);
  REQUIRE_MESSAGE(set.has_value(), (set ? "" : set.error().message));
  CHECK(set->vocabulary == 301);
  const auto& tokens = std::get<std::vector<float>>(set->train.features);
  CHECK(std::ranges::max(tokens) == 300);
  CHECK(tokens.size() == (540 - 4) * 4);
}

TEST_CASE("text: a file is a user, in the order of names; hidden files are left out and a file counts once") {
  const temporary_directory at;
  write_file(at / "b.txt", std::string(40, 'b'));
  write_file(at / "a.txt", std::string(60, 'a'));
  write_file(at / ".hidden", std::string(60, 'h'));
  std::filesystem::create_symlink("b.txt", at / "c.txt");
  std::filesystem::create_directory(at / "directory");
  auto section = at_path(at.string(), {{"sequence", std::int64_t{2}}});
  section.set("partition", std::string("natural"));
  const auto set = data::load(section, 2, 1);
  REQUIRE_MESSAGE(set.has_value(), (set ? "" : set.error().message));
  CHECK(set->users == 2);
  CHECK(set->vocabulary == 3);
  CHECK(std::ranges::count(set->train.users, 0U) == 52);
  CHECK(std::ranges::count(set->train.users, 1U) == 34);
  const auto parts = data::make_partition(*set, section, 2, 1);
  REQUIRE(parts);
  for (std::size_t node = 0; node < 2; ++node) {
    const auto user = set->train.users[parts->train[node].front()];
    CHECK(parts->train[node].size() == (user == 0 ? 52 : 34));
    CHECK(parts->test[node].size() == (user == 0 ? 4 : 2));
  }
}

TEST_CASE("each way in which texts can be wrong has a sentence that names the file") {
  const temporary_directory at;
  const auto message = [](const std::string& path, values more = {}) { return load_error(at_path(path, more)); };
  CHECK(contains(message((at / "none.txt").string()), "There is no file " + (at / "none.txt").string()));
  CHECK(contains(message((at / "none.txt").string()), "/usr/share/common-licenses"));
  CHECK(contains(message(at.string()), "There are no files in " + at.string()));
  write_file(at / "short.txt", "too short");
  CHECK(contains(message(at.string()), "has no text that is long enough for a training sample of data.sequence = 80"));
  write_file(at / "short.txt", std::string(100, 'a'));
  CHECK(contains(message(at.string()), "has no text that is long enough for a test sample"));
  write_file(at / "latin.txt", std::string(100, 'a') + "\xE9 caf\xE9");
  CHECK(contains(message(at.string()), "latin.txt is not text in UTF-8: something is wrong at byte 100"));
  CHECK(contains(message(at.string(), {{"unit", std::string("words")}}), "long enough"));
  write_gz(at / "whole.gz", std::string(100, 'a'));
  write_file(at / "latin.txt", read_file(at / "whole.gz").substr(0, 20));
  CHECK(contains(message(at.string()), "latin.txt is truncated"));
}
