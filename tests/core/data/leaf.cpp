#include <algorithm>
#include <set>

#include <png.h>

#include "core/data/checksum.hpp"
#include "core/data/partition.hpp"
#include "core/random.hpp"
#include "tests/core/data/support.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::tests;

namespace {

using sample_texts = std::vector<std::pair<std::string, std::string>>; ///< (x, y) as JSON

/// A file as LEAF's preprocessing writes it.
std::string leaf_file(const std::vector<std::pair<std::string, sample_texts>>& users) {
  std::string names, counts, data;
  for (const auto& [name, samples] : users) {
    std::string x, y;
    for (const auto& [feature, label] : samples) {
      x += (x.empty() ? "" : ", ") + feature;
      y += (y.empty() ? "" : ", ") + label;
    }
    const std::string comma = names.empty() ? "" : ", ";
    names += comma + "\"" + name + "\"";
    counts += comma + std::to_string(samples.size());
    data += comma + "\"" + name + "\": {\"x\": [" + x + "], \"y\": [" + y + "]}";
  }
  return "{\"users\": [" + names + "], \"num_samples\": [" + counts + "], \"user_data\": {" + data + "}}";
}

/// An image of which all pixels are `byte` / 255.
std::string image(int byte, std::size_t pixels = 784) {
  const auto value = std::to_string(byte / 255.0);
  std::string list = "[" + value;
  for (std::size_t i = 1; i < pixels; ++i)
    list += ", " + value;
  return list + "]";
}

struct leaf_directory : temporary_directory {
  leaf_directory() {
    std::filesystem::create_directory(*this / "train");
    std::filesystem::create_directory(*this / "test");
  }
};

void write_png(const std::filesystem::path& file, std::uint32_t side, std::uint8_t red) {
  std::vector<std::uint8_t> pixels(std::size_t{3} * side * side);
  for (std::size_t i = 0; i < pixels.size(); i += 3) {
    pixels[i] = red;
    pixels[i + 2] = 7;
  }
  png_image written{};
  written.version = PNG_IMAGE_VERSION;
  written.width = written.height = side;
  written.format = PNG_FORMAT_RGB;
  REQUIRE(png_image_write_to_file(&written, file.c_str(), 0, pixels.data(), 0, nullptr) != 0);
}

const std::vector<std::uint8_t>& bytes(const data::samples& of) {
  return std::get<std::vector<std::uint8_t>>(of.features);
}

config::section at_path(const std::string& dataset, const temporary_directory& at) {
  return data_section(dataset, {{"path", at.string()}});
}

} // namespace

TEST_CASE("FEMNIST: users keep their number over files, and pixels are the bytes that they were") {
  const leaf_directory at;
  write_file(at / "train/all_data_0.json", leaf_file({{"w1", {{image(255), "3"}, {image(17), "61"}}}}));
  write_gz(at / "train/all_data_1.json.gz", leaf_file({{"w2", {{image(0), "0"}}}, {"w1", {{image(1), "4"}}}}));
  write_file(at / "test/all_data_0.json", leaf_file({{"w2", {{image(2), "5"}}}, {"w3", {{image(9), "6"}}}}));
  const auto set = data::load(at_path("femnist", at), 1, 1);
  REQUIRE_MESSAGE(set.has_value(), (set ? "" : set.error().message));
  CHECK(set->shape == std::vector<std::int64_t>{1, 28, 28});
  CHECK(set->classes == 62);
  CHECK(set->users == 3);
  CHECK(set->train.count == 4);
  CHECK(set->train.users == std::vector<std::uint32_t>{0, 0, 1, 0});
  CHECK(set->train.labels == std::vector<std::int32_t>{3, 61, 0, 4});
  CHECK(set->test.users == std::vector<std::uint32_t>{1, 2});
  CHECK(bytes(set->train).size() == 4 * 784);
  CHECK(bytes(set->train)[783] == 255);
  CHECK(bytes(set->train)[784] == 17);
  CHECK(bytes(set->train)[3 * 784] == 1);
}

TEST_CASE("Shakespeare: characters are numbers below 92, and those that are not in its alphabet are 1") {
  const leaf_directory at;
  std::string text(80, 'a');
  text[1] = '~';
  text[2] = 'b';
  write_file(at / "train/t.json", leaf_file({{"HAMLET", {{"\"" + text + "\"", "\"b\""}}}}));
  write_file(at / "test/t.json", leaf_file({{"HAMLET", {{"\"" + text + "\"", "\"\\n\""}}}}));
  const auto set = data::load(at_path("shakespeare", at), 1, 1);
  REQUIRE_MESSAGE(set.has_value(), (set ? "" : set.error().message));
  CHECK(set->shape == std::vector<std::int64_t>{80});
  CHECK(set->vocabulary == 92);
  CHECK(set->classes == 92);
  const auto& tokens = bytes(set->train);
  CHECK(tokens[0] == tokens[79]);
  CHECK(tokens[1] == 1);
  CHECK(tokens[2] == set->train.labels[0]);
  CHECK(tokens[0] != tokens[2]);
  CHECK(set->test.labels[0] == 2);
  CHECK(std::ranges::max(tokens) < 92);
}

TEST_CASE("CelebA: images are PNG files, stored colour by colour") {
  const leaf_directory at;
  std::filesystem::create_directory(at / "images");
  write_png(at / "images/000001.png", 84, 200);
  write_file(at / "train/t.json", leaf_file({{"7", {{"\"000001.jpg\"", "1"}}}}));
  write_file(at / "test/t.json", leaf_file({{"7", {{"\"000001.png\"", "0"}}}}));
  const auto set = data::load(at_path("celeba", at), 1, 1);
  REQUIRE_MESSAGE(set.has_value(), (set ? "" : set.error().message));
  CHECK(set->shape == std::vector<std::int64_t>{3, 84, 84});
  CHECK(set->features() == bytes(set->train).size());
  CHECK(bytes(set->train)[84 * 84 - 1] == 200);
  CHECK(bytes(set->train)[84 * 84] == 0);
  CHECK(bytes(set->train)[2 * 84 * 84] == 7);
  CHECK(set->test.labels == std::vector<std::int32_t>{0});
  write_png(at / "images/000001.png", 10, 200);
  CHECK(contains(load_error(at_path("celeba", at)), "000001.png has 10 x 10 pixels, expected 84 x 84"));
  std::filesystem::remove(at / "images/000001.png");
  CHECK(contains(load_error(at_path("celeba", at)), "names the image 000001.jpg, which cannot be used"));
}

TEST_CASE("each way in which a LEAF file can be wrong has a sentence that names the file") {
  const leaf_directory at;
  const auto good = leaf_file({{"w", {{image(1), "0"}}}});
  std::string content, said;
  SUBCASE("not JSON") {
    content = good.substr(0, good.size() / 2);
    said = "is not valid JSON: something is wrong at byte";
  }
  SUBCASE("no users") {
    content = "{\"users\": []}";
    said = "has no users: expected an object \"user_data\"";
  }
  SUBCASE("not an object") {
    content = "[1, 2]";
    said = "has no users";
  }
  SUBCASE("a label too many") {
    content = "{\"user_data\": {\"w\": {\"x\": [], \"y\": [1]}}}";
    said = "has 0 samples \"x\" but 1 labels \"y\" of the user \"w\"";
  }
  SUBCASE("an image of another size") {
    content = leaf_file({{"w", {{image(1, 783), "0"}}}});
    said = "has an image of 783 pixels of the user \"w\", expected 784";
  }
  SUBCASE("a pixel above 1") {
    content = leaf_file({{"w", {{image(256), "0"}}}});
    said = "has a pixel of 1.003922 of the user \"w\"";
  }
  SUBCASE("a class too many") {
    content = leaf_file({{"w", {{image(1), "62"}}}});
    said = "has the label 62 of the user \"w\", expected a whole number from 0 to 61";
  }
  SUBCASE("half a class") {
    content = leaf_file({{"w", {{image(1), "0.5"}}}});
    said = "has the label 0.5";
  }
  SUBCASE("a text as label") {
    content = leaf_file({{"w", {{image(1), "\"a\""}}}});
    said = "has the label \"a\" of the user \"w\", expected a number";
  }
  SUBCASE("null in place of an image") {
    content = leaf_file({{"w", {{"null", "0"}}}});
    said = "has null in \"x\" of the user \"w\"";
  }
  SUBCASE("an object in place of an image") {
    content = leaf_file({{"w", {{"{\"a\": 1}", "0"}}}});
    said = "has a list or object in \"x\" of the user \"w\"";
  }
  write_file(at / "train/t.json", content);
  write_file(at / "test/t.json", good);
  const auto message = load_error(at_path("femnist", at));
  INFO(message);
  CHECK(contains(message, "train/t.json " + said));
  CHECK(contains(message, "preprocess.sh"));
  std::filesystem::remove(at / "train/t.json");
  CHECK(contains(load_error(at_path("femnist", at)), "There are no .json files in"));
}

TEST_CASE("natural partition: a user's samples stay together, in the test set too") {
  data::dataset set;
  set.name = "femnist";
  set.shape = {1};
  set.classes = 2;
  set.users = 12; // the last has no training samples
  const auto add = [](data::samples& to, std::uint32_t user) {
    to.users.push_back(user);
    to.labels.push_back(0);
    ++to.count;
  };
  random_stream random(3, purpose::synthetic_data);
  for (std::uint32_t i = 0; i < 200; ++i)
    add(set.train, i < 11 ? i : static_cast<std::uint32_t>(random.below(11)));
  for (std::uint32_t user = 0; user < 12; ++user)
    add(set.test, user);

  auto how = data_section("femnist");
  how.set("partition", std::string("natural"));
  const auto parts = data::make_partition(set, how, 4, 1);
  REQUIRE(parts);
  std::size_t samples = 0, tests = 0, all_users = 0;
  for (std::size_t node = 0; node < 4; ++node) {
    std::set<std::uint32_t> users;
    for (const auto i : parts->train[node])
      users.insert(set.train.users[i]);
    CHECK(users.size() >= 2);
    CHECK(users.size() <= 3);
    CHECK(parts->test[node].size() == users.size());
    for (const auto i : parts->test[node])
      CHECK(users.contains(set.test.users[i]));
    samples += parts->train[node].size();
    tests += parts->test[node].size();
    all_users += users.size();
  }
  CHECK(samples == 200);
  CHECK(all_users == 11); // so nobody's samples are on two nodes
  CHECK(tests == 11);
  CHECK(data::make_partition(set, how, 4, 1)->train == parts->train);
  CHECK(data::make_partition(set, how, 4, 2)->train != parts->train);

  const auto too_many = data::make_partition(set, how, 12, 1);
  REQUIRE_FALSE(too_many);
  CHECK(contains(too_many.error().message, "there are 11 users with training samples for 12 nodes"));
  const auto before = data::checksum(set);
  std::swap(set.train.users.front(), set.train.users[1]);
  CHECK(data::checksum(set) != before);
  set.train.users.clear();
  const auto nobodys = data::make_partition(set, how, 4, 1);
  REQUIRE_FALSE(nobodys);
  CHECK(contains(nobodys.error().message, "says whose each sample is"));
}

TEST_CASE("natural partition of a data set without users is refused before anything is loaded") {
  config::document document;
  const auto problems = [&](const std::string& dataset) {
    auto section = data_section(dataset, {{"path", std::string("/data")}});
    section.set("partition", std::string("natural"));
    document.set("data", section);
    return data::schema().check(document);
  };
  CHECK(problems("femnist").empty());
  REQUIRE(problems("mnist").size() == 1);
  CHECK(problems("mnist").front().key == "data.partition");
}

TEST_CASE("a cut of the training samples keeps whose they are") {
  const leaf_directory at;
  write_file(at / "train/t.json", leaf_file({{"a", {{image(1), "1"}, {image(2), "1"}}}, {"b", {{image(3), "2"}}}}));
  write_file(at / "test/t.json", leaf_file({{"a", {{image(1), "1"}}}}));
  auto section = at_path("femnist", at);
  section.set("train_samples", std::int64_t{2});
  const auto set = data::load(section, 1, 1);
  REQUIRE(set);
  REQUIRE(set->train.users.size() == 2);
  for (std::size_t i = 0; i < 2; ++i)
    CHECK(set->train.users[i] + 1 == static_cast<std::uint32_t>(set->train.labels[i]));
}
