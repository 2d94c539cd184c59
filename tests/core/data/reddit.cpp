#include <set>

#include "core/data/partition.hpp"
#include "tests/core/data/leaf_files.hpp"
#include "tests/core/data/support.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::tests;

namespace {

/// Three users: "b" is the most frequent token, then "a", "<BOS>" and "c" as often as each other.
struct reddit_directory : temporary_directory {
  reddit_directory() {
    std::filesystem::create_directory(*this / "train");
    std::filesystem::create_directory(*this / "test");
    write_file(
        *this / "train/reddit_0_train.json",
        reddit_file({{"1", {{{piece({"<BOS>", "b", "b", "a"})}, {piece({"b", "b", "a", "c"})}}}},
                     {"2", {{{piece({"b", "a", "c"}), piece({"b"})}, {piece({"a", "c", "rare"}), piece({})}}}}}));
    write_file(*this / "test/reddit_0_test.json", reddit_file({{"2", {{{piece({"new", "b"})}, {piece({"b", "a"})}}}},
                                                               {"3", {{{piece({"b"})}, {piece({"c"})}}}}}));
  }
};

config::section at_path(const temporary_directory& at, std::int64_t vocabulary = 9999) {
  return data_section("reddit", {{"path", at.string()}, {"vocabulary", vocabulary}});
}

const std::vector<float>& tokens(const data::samples& of) {
  return std::get<std::vector<float>>(of.features);
}

} // namespace

TEST_CASE(
    "Reddit: pieces are samples, the last target that is no padding is the label, and padding alone is no sample") {
  const reddit_directory at;
  const auto set = data::load(at_path(at), 1, 1);
  REQUIRE_MESSAGE(set.has_value(), (set ? "" : set.error().message));
  CHECK(set->shape == std::vector<std::int64_t>{10});
  CHECK(set->vocabulary == 9999);
  CHECK(set->classes == 9999);
  CHECK(set->users == 3);
  CHECK(set->train.users == std::vector<std::uint32_t>{0, 1});
  CHECK(set->test.users == std::vector<std::uint32_t>{1, 2});
  // 0 padding, 1 unknown, then by frequency in the training pieces (b 4, a 2) and by name (<BOS> and c, 1 each)
  const std::vector<float> first{4, 2, 2, 3, 0, 0, 0, 0, 0, 0};
  CHECK(std::vector<float>(tokens(set->train).begin(), tokens(set->train).begin() + 10) == first);
  CHECK(set->train.labels == std::vector<std::int32_t>{5, 1}); // "rare" is a target only
  CHECK(tokens(set->test)[0] == 1);                            // "new" is not in the training text
  CHECK(tokens(set->test)[1] == 2);
  CHECK(set->test.labels == std::vector<std::int32_t>{3, 5});
}

TEST_CASE("Reddit: tokens beyond the vocabulary are unknown, and a small vocabulary is kept in bytes") {
  const reddit_directory at;
  const auto set = data::load(at_path(at, 4), 1, 1);
  REQUIRE(set);
  const auto& bytes = std::get<std::vector<std::uint8_t>>(set->train.features);
  CHECK(std::vector<std::uint8_t>(bytes.begin(), bytes.begin() + 5) == std::vector<std::uint8_t>{1, 2, 2, 3, 0});
  CHECK(set->vocabulary == 4);
}

TEST_CASE("Reddit: the natural partition keeps an author's comments on one node") {
  const reddit_directory at;
  const auto set = data::load(at_path(at), 2, 1);
  REQUIRE(set);
  auto how = at_path(at);
  how.set("partition", std::string("natural"));
  const auto parts = data::make_partition(*set, how, 2, 1);
  REQUIRE(parts);
  for (std::size_t node = 0; node < 2; ++node) {
    REQUIRE(parts->train[node].size() == 1);
    const auto user = set->train.users[parts->train[node].front()];
    CHECK(parts->test[node].size() == (user == 1 ? 1 : 0));
  }
}

TEST_CASE("each way in which a file of Reddit can be wrong has a sentence that names the file") {
  const reddit_directory at;
  const auto good = read_file(at / "train/reddit_0_train.json");
  std::string content, said;
  SUBCASE("truncated") {
    content = good.substr(0, good.size() / 2);
    said = "is not valid JSON: something is wrong at byte";
  }
  SUBCASE("no users") {
    content = "{\"users\": []}";
    said = "has no users: expected an object \"user_data\"";
  }
  SUBCASE("a short piece") {
    content = reddit_file({{"1", {{{{"a", "b"}}, {piece({"c"})}}}}});
    said = "has a piece of 2 tokens of the user \"1\", expected 10";
  }
  SUBCASE("targets missing") {
    content = reddit_file({{"1", {{{piece({"a"}), piece({"b"})}, {piece({"c"})}}}}});
    said = "has 2 pieces of comments \"x\" but 1 \"target_tokens\" of the user \"1\"";
  }
  SUBCASE("numbers in place of tokens") {
    content = "{\"user_data\": {\"1\": {\"x\": [[[1, 2]]], \"y\": []}}}";
    said = "has a number in \"x\" of the user \"1\", expected comments: lists of lists of tokens";
  }
  SUBCASE("texts in place of comments, as Shakespeare has") {
    content = "{\"user_data\": {\"1\": {\"x\": [\"abc\"], \"y\": [\"d\"]}}}";
    said = "has a text in \"x\" of the user \"1\"";
  }
  SUBCASE("a text in place of targets") {
    content = "{\"user_data\": {\"1\": {\"x\": [], \"y\": [\"d\"]}}}";
    said = "has a text in \"y\" of the user \"1\", expected an object with \"target_tokens\"";
  }
  SUBCASE("lists that are too deep") {
    content = "{\"user_data\": {\"1\": {\"x\": [[[[\"a\"]]]], \"y\": []}}}";
    said = "has a list or object in \"x\" of the user \"1\"";
  }
  write_file(at / "train/reddit_0_train.json", content);
  const auto message = load_error(at_path(at));
  INFO(message);
  CHECK(contains(message, "train/reddit_0_train.json " + said));
  CHECK(contains(message, "scripts/data/reddit.sh"));
}

TEST_CASE("Reddit: a directory without files says where they come from") {
  const temporary_directory at;
  CHECK(contains(load_error(at_path(at)), "There are no .json files in " + at.string() + "/train"));
  CHECK(contains(load_error(at_path(at)), "leaf"));
}
