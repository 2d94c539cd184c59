#include <algorithm>
#include <map>

#include "core/data/partition.hpp"
#include "core/random.hpp"
#include "tests/core/data/support.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::tests;

namespace {

const std::string header = "userId,movieId,rating,timestamp\n";

/// A table as ml-latest-small has it: `users` people, numbered from 1, with `each` ratings of films with gaps between
/// their numbers.
std::string ratings_file(int users, int each) {
  random_stream random(4, purpose::synthetic_data);
  std::string text = header;
  for (int user = 1; user <= users; ++user)
    for (int i = 0; i < each; ++i) {
      const auto half_stars = 1 + random.below(10);
      text += std::to_string(user) + "," + std::to_string(10 * i + 1 + 10 * (user % 3)) + "," +
              std::to_string(half_stars / 2) + (half_stars % 2 == 1 ? ".5" : ".0") + ",964982703\n";
    }
  return text;
}

config::section at_path(const std::string& path) {
  return data_section("movielens", {{"path", path}});
}

struct movielens_directory : temporary_directory {
  explicit movielens_directory(const std::string& content) { write_file(*this / "ratings.csv", content); }
};

} // namespace

TEST_CASE("MovieLens: users and films are numbered in order, and ratings are what is predicted") {
  const movielens_directory at(header + "1,10,4.0,964982703\r\n1,70,0.5,964982704\n3,10,5.0,964982705\n3,30,3.5,1\n");
  const auto set = data::load(at_path(at.string()), 1, 1);
  REQUIRE_MESSAGE(set.has_value(), (set ? "" : set.error().message));
  CHECK(set->kind == data::task::regression);
  CHECK(set->shape == std::vector<std::int64_t>{2});
  CHECK(set->categories == std::vector<std::int64_t>{2, 3});
  REQUIRE(set->ratings);
  CHECK(set->ratings->lowest == 0.5);
  CHECK(set->ratings->highest == 5);
  CHECK(set->ratings->step == 0.5);
  CHECK(set->users == 2);
  std::map<std::pair<float, float>, float> stars;
  for (const auto* part : {&set->train, &set->test}) {
    const auto& features = std::get<std::vector<float>>(part->features);
    for (std::size_t i = 0; i < part->count; ++i) {
      stars[{features[2 * i], features[2 * i + 1]}] = part->targets[i];
      CHECK(part->users[i] == static_cast<std::uint32_t>(features[2 * i]));
    }
  }
  const std::map<std::pair<float, float>, float> expected{
      {{0.F, 0.F}, 4.F}, {{0.F, 2.F}, 0.5F}, {{1.F, 0.F}, 5.F}, {{1.F, 1.F}, 3.5F}};
  CHECK(stars == expected);
}

TEST_CASE("MovieLens: each user's ratings are split alike, at random by the seed") {
  const movielens_directory at(ratings_file(7, 20));
  const auto set = data::load(at_path(at.string() + "/ratings.csv"), 1, 1);
  REQUIRE(set);
  CHECK(set->train.count == 7 * 14);
  for (std::uint32_t user = 0; user < 7; ++user)
    CHECK(std::ranges::count(set->test.users, user) == 6);
  CHECK(data::load(at_path(at.string()), 1, 1)->test.features == set->test.features);
  CHECK(data::load(at_path(at.string()), 1, 2)->test.features != set->test.features);
}

TEST_CASE("MovieLens: with whole users in order, nodes have equal numbers of them and test on their ratings only") {
  const movielens_directory at(ratings_file(7, 20));
  auto section = at_path(at.string());
  section.set("partition", std::string("natural-contiguous"));
  const auto set = data::load(section, 3, 1);
  REQUIRE(set);
  const auto parts = data::make_partition(*set, section, 3, 1);
  REQUIRE(parts);
  const std::vector<std::pair<std::uint32_t, std::uint32_t>> users{{0, 2}, {3, 4}, {5, 6}};
  for (std::size_t node = 0; node < 3; ++node) {
    const auto [first, last] = users[node];
    CHECK(parts->train[node].size() == 14 * (last - first + 1));
    CHECK(parts->test[node].size() == 6 * (last - first + 1));
    for (const auto i : parts->train[node])
      CHECK((set->train.users[i] >= first && set->train.users[i] <= last));
    for (const auto i : parts->test[node])
      CHECK((set->test.users[i] >= first && set->test.users[i] <= last));
  }
  const auto too_many = data::make_partition(*set, section, 8, 1);
  REQUIRE_FALSE(too_many);
  CHECK(contains(too_many.error().message, "there are 7 users with training samples for 8 nodes"));
}

TEST_CASE("MovieLens: a partition by class is refused before anything is loaded") {
  auto section = at_path("/data");
  section.set("partition", std::string("dirichlet"));
  config::document document;
  document.set("data", section);
  const auto problems = data::schema().check(document);
  REQUIRE(problems.size() == 1);
  CHECK(problems.front().key == "data.partition");
}

TEST_CASE("each way in which ratings.csv can be wrong has a sentence that names the file and the line") {
  std::string content, said;
  SUBCASE("another header") {
    content = "userId,movieId,tag,timestamp\n";
    said = "ratings.csv begins with \"userId,movieId,tag,timestamp\", expected the line "
           "\"userId,movieId,rating,timestamp\"";
  }
  SUBCASE("empty") {
    content = "";
    said = "ratings.csv begins with \"\"";
  }
  SUBCASE("truncated") {
    content = header + "1,10,4.0,964982703\n1,70,";
    said = "ratings.csv, line 3 is \"1,70,\", expected a user, a film";
  }
  SUBCASE("a rating between half stars") {
    content = header + "1,10,4.2,964982703\n";
    said = "line 2 is \"1,10,4.2,964982703\"";
  }
  SUBCASE("no stars at all") {
    content = header + "1,10,0,964982703\n";
    said = "line 2";
  }
  SUBCASE("a rating that is no number") {
    content = header + "1,10,nan,964982703\n";
    said = "line 2";
  }
  SUBCASE("a cell too many") {
    content = header + "1,10,4.0,964982703,5\n";
    said = "line 2";
  }
  SUBCASE("no ratings") {
    content = header;
    said = "The data set \"movielens\" has no training samples";
  }
  const movielens_directory at(content);
  const auto message = load_error(at_path(at.string()));
  INFO(message);
  CHECK(contains(message, said));
}

TEST_CASE("MovieLens: a missing file says how to get it") {
  const temporary_directory at;
  const auto message = load_error(at_path(at.string()));
  CHECK(contains(message, "There is no file " + at.string() + "/ratings.csv"));
  CHECK(contains(message, "scripts/data/movielens.sh"));
}
