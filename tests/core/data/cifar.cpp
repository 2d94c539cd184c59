#include "tests/core/data/support.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::tests;

namespace {

/// A file of so many bytes, zero but for `content` at its end.
void write_padded(const std::filesystem::path& path, std::size_t size, const std::string& content = {}) {
  write_file(path, "");
  std::filesystem::resize_file(path, size - content.size());
  std::ofstream(path, std::ios::binary | std::ios::app) << content;
}

/// The row [labels | red | green | blue].
std::string row(const std::string& labels) {
  return labels + std::string(1024, '\x01') + std::string(1024, '\x02') + std::string(1024, '\x03');
}

void write_cifar10(const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  for (int i = 1; i <= 5; ++i)
    write_padded(directory / ("data_batch_" + std::to_string(i) + ".bin"), 10'000 * 3073, row({static_cast<char>(i)}));
  write_padded(directory / "test_batch.bin", 10'000 * 3073, row("\x09"));
}

} // namespace

TEST_CASE("CIFAR-10 is read from the directory that its archive unpacks to") {
  const temporary_directory at;
  write_cifar10(at / "cifar-10-batches-bin");
  const auto set = data::load(data_section("cifar-10", {{"path", at.string()}}), 4, 1);
  REQUIRE(set);
  CHECK(set->shape == std::vector<std::int64_t>{3, 32, 32});
  CHECK(set->train.count == 50'000);
  CHECK(set->test.count == 10'000);
  CHECK(set->mean.size() == 3);
  for (int file = 1; file <= 5; ++file)
    CHECK(set->train.labels[static_cast<std::size_t>(file) * 10'000 - 1] == file);
  CHECK(set->test.labels.back() == 9);
  const auto& pixels = std::get<std::vector<std::uint8_t>>(set->train.features);
  REQUIRE(pixels.size() == std::size_t{50'000} * 3072);
  CHECK(pixels[pixels.size() - 1025] == 2);
  CHECK(pixels.back() == 3);
}

TEST_CASE("CIFAR-100 is read with its fine labels") {
  const temporary_directory at;
  write_padded(at / "train.bin", 50'000 * 3074, row("\x0b\x63"));
  write_padded(at / "test.bin", 10'000 * 3074, row("\x0b\x2a"));
  const auto section = data_section("cifar-100", {{"path", at.string()}});
  const auto set = data::load(section, 4, 1);
  REQUIRE(set);
  CHECK(set->classes == 100);
  CHECK(set->train.labels.back() == 99);
  CHECK(set->test.labels.back() == 42);

  write_padded(at / "test.bin", 10'000 * 3074, row("\x0b\x64"));
  CHECK(contains(load_error(section), "test.bin is corrupt: the label of sample 9999 is 100, expected 0 to 99"));
}

TEST_CASE("a CIFAR file that is missing or of another size is refused") {
  const temporary_directory at;
  const auto section = data_section("cifar-10", {{"path", at.string()}});
  CHECK(contains(load_error(section), "There is no file " + at.string() + "/data_batch_1.bin"));
  CHECK(contains(load_error(section), "cifar-10-binary.tar.gz"));
  write_padded(at / "data_batch_1.bin", 9'999 * 3073);
  CHECK(contains(load_error(section), "data_batch_1.bin is truncated or corrupt: expected 10000 rows of 3073 bytes"));
  write_padded(at / "data_batch_1.bin", 10'000 * 3073 + 1);
  CHECK(contains(load_error(section), "data_batch_1.bin is too long"));
}
