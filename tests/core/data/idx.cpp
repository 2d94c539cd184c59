#include "tests/core/data/support.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::tests;

namespace {

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes += static_cast<char>(value >> shift & 255U);
  return bytes;
}

std::string image_file(std::uint32_t count, std::uint32_t rows, std::uint32_t columns) {
  auto bytes = big_endian(0x803) + big_endian(count) + big_endian(rows) + big_endian(columns);
  for (std::uint32_t i = 0; i < count * rows * columns; ++i)
    bytes += static_cast<char>(i % 251);
  return bytes;
}

std::string label_file(const std::string& labels) {
  return big_endian(0x801) + big_endian(static_cast<std::uint32_t>(labels.size())) + labels;
}

/// A correct MNIST of 3 + 2 images of 2 x 4 pixels, one half compressed.
struct small_mnist {
  temporary_directory directory;
  small_mnist() {
    write_file(directory / "train-images-idx3-ubyte", image_file(3, 2, 4));
    write_gz(directory / "train-labels-idx1-ubyte.gz", label_file({7, 0, 9}));
    write_gz(directory / "t10k-images-idx3-ubyte.gz", image_file(2, 2, 4));
    write_file(directory / "t10k-labels-idx1-ubyte", label_file({1, 2}));
  }
  [[nodiscard]] config::section section() const { return data_section("mnist", {{"path", directory.string()}}); }
};

} // namespace

TEST_CASE("IDX files are read plain and compressed, and bytes stay bytes") {
  const small_mnist files;
  const auto set = data::load(files.section(), 4, 1);
  REQUIRE(set);
  CHECK(set->name == "mnist");
  CHECK(set->shape == std::vector<std::int64_t>{1, 2, 4});
  CHECK(set->classes == 10);
  CHECK(set->train.labels == std::vector<std::int32_t>{7, 0, 9});
  CHECK(set->test.labels == std::vector<std::int32_t>{1, 2});
  const auto& pixels = std::get<std::vector<std::uint8_t>>(set->train.features);
  REQUIRE(pixels.size() == 24);
  CHECK(pixels[23] == 23);
  CHECK(set->mean == std::vector<float>{0.1307F});
  CHECK(set->scale == doctest::Approx(1.0 / 255));
}

TEST_CASE("each way in which an IDX file can be wrong has a sentence that names the file and how to get it") {
  const small_mnist files;
  const auto& at = files.directory;
  std::string named, said;
  SUBCASE("missing") {
    named = "t10k-labels-idx1-ubyte";
    std::filesystem::remove(at / named);
    said = "There is no file";
  }
  SUBCASE("a directory") {
    named = "t10k-labels-idx1-ubyte";
    std::filesystem::remove(at / named);
    std::filesystem::create_directory(at / named);
    said = "is not a file";
  }
  SUBCASE("empty") {
    named = "train-images-idx3-ubyte";
    write_file(at / named, "");
    said = "expected an IDX header of 16 bytes";
  }
  SUBCASE("wrong magic number") {
    named = "train-images-idx3-ubyte";
    write_file(at / named, label_file({1, 2, 3}) + std::string(20, '\0'));
    said = "begins with 0x00000801 instead of 0x00000803";
  }
  SUBCASE("truncated plain file") {
    named = "train-images-idx3-ubyte";
    std::filesystem::resize_file(at / named, 30);
    said = "expected 3 images of 2 x 4";
  }
  SUBCASE("truncated compressed file") {
    named = "t10k-images-idx3-ubyte.gz";
    std::filesystem::resize_file(at / named, std::filesystem::file_size(at / named) - 12);
    said = "is truncated";
  }
  SUBCASE("compressed file with a damaged checksum") {
    named = "t10k-images-idx3-ubyte.gz";
    auto bytes = read_file(at / named);
    bytes[bytes.size() - 6] ^= 1;
    write_file(at / named, bytes);
    said = "t10k-images-idx3-ubyte.gz cannot be read or is corrupt: incorrect data check.";
  }
  SUBCASE("bytes behind the end") {
    named = "train-images-idx3-ubyte";
    write_file(at / named, image_file(3, 2, 4) + "x");
    said = "is too long";
  }
  SUBCASE("more images than memory") {
    named = "train-images-idx3-ubyte";
    write_file(at / named, big_endian(0x803) + big_endian(0xffffffff) + big_endian(4096) + big_endian(4096));
    said = "can hold at most 16";
  }
  SUBCASE("more images than a compressed file can hold") {
    named = "t10k-images-idx3-ubyte.gz";
    write_gz(at / named, big_endian(0x803) + big_endian(0xffffffff) + big_endian(4096) + big_endian(4096));
    said = "can hold at most";
  }
  SUBCASE("absurd sides") {
    named = "train-images-idx3-ubyte";
    write_file(at / named, big_endian(0x803) + big_endian(1) + big_endian(0) + big_endian(70'000));
    said = "0 x 70000 pixels";
  }
  SUBCASE("fewer labels than images") {
    named = "t10k-labels-idx1-ubyte";
    write_file(at / named, label_file({1}));
    said = "has 1 labels, but the images beside it are 2";
  }
  SUBCASE("a label out of range") {
    named = "t10k-labels-idx1-ubyte";
    write_file(at / named, label_file({1, 10}));
    said = "the label of sample 1 is 10, expected 0 to 9";
  }
  SUBCASE("test images of another size") {
    named = at.string();
    write_gz(at / "t10k-images-idx3-ubyte.gz", image_file(2, 4, 2));
    said = "training images are 2 x 4, but the test images 4 x 2";
  }
  const auto loaded = data::load(files.section(), 4, 1);
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().kind == error_kind::bad_data);
  INFO(loaded.error().message);
  CHECK(contains(loaded.error().message, named));
  CHECK(contains(loaded.error().message, said));
  CHECK(contains(loaded.error().message, "Download train-images-idx3-ubyte.gz"));
}

TEST_CASE("a data set without a place of its own asks for data.path") {
  const auto loaded = data::load(data_section("mnist"), 4, 1);
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().kind == error_kind::invalid_input);
  CHECK(contains(loaded.error().message, "needs data.path"));
}

TEST_CASE("train_samples and test_samples keep a random choice in the order of the file") {
  const small_mnist files;
  auto section = files.section();
  section.set("train_samples", std::int64_t{2});
  section.set("test_samples", std::int64_t{1});
  const auto set = data::load(section, 4, 1);
  REQUIRE(set);
  CHECK(set->train.count == 2);
  CHECK(set->test.labels.size() == 1);
  // Pixels of sample i begin with 8 i, so images and labels still belong together and ascend.
  const auto& pixels = std::get<std::vector<std::uint8_t>>(set->train.features);
  const std::vector<std::int32_t> labels = {7, 0, 9};
  REQUIRE(pixels.size() == 16);
  CHECK(pixels[0] < pixels[8]);
  CHECK(set->train.labels[0] == labels[pixels[0] / 8]);
  CHECK(set->train.labels[1] == labels[pixels[8] / 8]);

  section.set("train_samples", std::int64_t{4});
  CHECK(contains(load_error(section), "data.train_samples = 4, but the data set has only 3"));
}

TEST_CASE("Debian's Fashion-MNIST is whole") {
  const auto section = data_section("fashion-mnist");
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist")) {
    MESSAGE("skipped: the package dataset-fashion-mnist is not installed");
    CHECK(contains(load_error(section), "apt install dataset-fashion-mnist"));
    return;
  }
  const auto set = data::load(section, 4, 1);
  REQUIRE(set);
  CHECK(set->shape == std::vector<std::int64_t>{1, 28, 28});
  CHECK(set->train.count == 60'000);
  CHECK(set->test.count == 10'000);
  std::vector<int> counts(10);
  for (const auto label : set->train.labels)
    ++counts[static_cast<std::size_t>(label)];
  CHECK(counts == std::vector<int>(10, 6'000));
  double sum = 0;
  for (const auto pixel : std::get<std::vector<std::uint8_t>>(set->train.features))
    sum += pixel;
  CHECK(sum / (255.0 * 60'000 * 784) == doctest::Approx(set->mean[0]).epsilon(0.001));
}
