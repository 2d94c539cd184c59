#include <cstring>
#include <limits>

#include "tests/core/data/support.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::tests;

namespace {

std::string npy_header(const std::string& descr, const std::string& shape, char version = 1,
                       const std::string& fortran = "False") {
  std::string text = "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }";
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  while ((text.size() + 8 + length_bytes + 1) % 64 != 0)
    text += ' ';
  text += '\n';
  std::string header = std::string("\x93NUMPY") + version + '\0';
  for (std::size_t i = 0; i < length_bytes; ++i)
    header += static_cast<char>(text.size() >> (8 * i) & 255U);
  return header + text;
}

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

/// Two training samples and one test sample of two numbers each.
struct small_arrays {
  temporary_directory directory;
  small_arrays() {
    write_file(directory / "x_train.npy", npy_header("<f4", "(2, 2)") + bytes_of<float>({1, 5, 3, 5}));
    write_file(directory / "y_train.npy", npy_header("<i8", "(2,)") + bytes_of<std::int64_t>({2, 0}));
    write_file(directory / "x_test.npy", npy_header("<f8", "(1, 2)") + bytes_of<double>({7, 8}));
    write_file(directory / "y_test.npy", npy_header("|i1", "(1, 1)", 3) + bytes_of<std::int8_t>({1}));
  }
  [[nodiscard]] config::section section(const std::string& task = "classification") const {
    return data_section("npy", {{"path", directory.string()}, {"task", task}});
  }
};

} // namespace

TEST_CASE("NumPy arrays of different types are read and each feature is standardised") {
  const small_arrays files;
  const auto set = data::load(files.section(), 2, 1);
  REQUIRE(set);
  CHECK(set->kind == data::task::classification);
  CHECK(set->classes == 3);
  CHECK(set->shape == std::vector<std::int64_t>{2});
  CHECK(std::get<std::vector<float>>(set->train.features) == std::vector<float>{1, 5, 3, 5});
  CHECK(std::get<std::vector<float>>(set->test.features) == std::vector<float>{7, 8});
  CHECK(set->train.labels == std::vector<std::int32_t>{2, 0});
  CHECK(set->test.labels == std::vector<std::int32_t>{1});
  CHECK(set->mean == std::vector<float>{2, 5});
  CHECK(set->deviation == std::vector<float>{1, 1}); // the second never changes
  CHECK(set->scale == 1);
}

TEST_CASE("NumPy images stay bytes and get a channel where they have none") {
  const small_arrays files;
  write_file(files.directory / "x_train.npy",
             npy_header("|u1", "(2, 1, 2)", 2) + bytes_of<std::uint8_t>({0, 255, 255, 0}));
  write_file(files.directory / "x_test.npy", npy_header("|u1", "(1, 1, 2)") + bytes_of<std::uint8_t>({9, 8}));
  const auto set = data::load(files.section(), 2, 1);
  REQUIRE(set);
  CHECK(set->shape == std::vector<std::int64_t>{1, 1, 2});
  CHECK(std::get<std::vector<std::uint8_t>>(set->test.features) == std::vector<std::uint8_t>{9, 8});
  CHECK(set->mean.at(0) == doctest::Approx(0.5));
  CHECK(set->deviation.at(0) == doctest::Approx(0.5));
}

TEST_CASE("NumPy targets of a regression are real numbers") {
  const small_arrays files;
  write_file(files.directory / "y_train.npy", npy_header("<f8", "(2,)") + bytes_of<double>({0.5, -2}));
  CHECK(contains(load_error(files.section()), "set data.task = \"regression\""));
  const auto set = data::load(files.section("regression"), 2, 1);
  REQUIRE(set);
  CHECK(set->kind == data::task::regression);
  CHECK(set->train.targets == std::vector<float>{0.5F, -2});
  CHECK(set->test.targets == std::vector<float>{1});
}

TEST_CASE("each way in which a .npy file can be wrong has a sentence that names the file") {
  const small_arrays files;
  const auto& at = files.directory;
  const auto x = bytes_of<float>({1, 5, 3, 5});
  std::string name = "x_train.npy", content, said;
  SUBCASE("Fortran order") {
    content = npy_header("<f4", "(2, 2)", 1, "True") + x;
    said = "it is in Fortran order; save it with numpy.ascontiguousarray";
  }
  SUBCASE("objects") {
    content = npy_header("|O", "(2, 2)") + x;
    said = "its element type is |O";
  }
  SUBCASE("big-endian") {
    content = npy_header(">f4", "(2, 2)") + x;
    said = "its element type is >f4";
  }
  SUBCASE("another file format") {
    content = "PK\x03\x04 this is an npz archive";
    said = "magic string";
  }
  SUBCASE("unknown version") {
    content = npy_header("<f4", "(2, 2)", 9) + x;
    said = "format version 9";
  }
  SUBCASE("truncated") {
    content = npy_header("<f4", "(2, 2)") + x.substr(1);
    said = "x_train.npy is truncated";
  }
  SUBCASE("too long") {
    content = npy_header("<f4", "(2, 2)") + x + "x";
    said = "is too long";
  }
  SUBCASE("more elements than memory") {
    content = npy_header("<f4", "(4000000000, 60000)") + x;
    said = "can hold at most";
  }
  SUBCASE("overflowing shape") {
    content = npy_header("<f4", "(4294967296, 4294967296, 2)") + x;
    said = "impossibly large";
  }
  SUBCASE("no samples") {
    content = npy_header("<f4", "(0, 2)");
    said = "its shape (0, 2) is empty";
  }
  SUBCASE("broken shape") {
    content = npy_header("<f4", "(2, two)") + x;
    said = "gives no shape";
  }
  SUBCASE("not a number") {
    content = npy_header("<f4", "(2, 2)") + bytes_of<float>({1, 2, std::numeric_limits<float>::quiet_NaN(), 4});
    said = "element 2 is nan";
  }
  SUBCASE("a single vector of features") {
    content = npy_header("<f4", "(4,)") + x;
    said = "expected (samples, features)";
  }
  SUBCASE("other test samples") {
    name = "x_test.npy";
    content = npy_header("<f4", "(1, 4)") + x;
    said = "the training samples have shape (2)";
  }
  SUBCASE("fewer labels than samples") {
    name = "y_train.npy";
    content = npy_header("<i4", "(1,)") + bytes_of<std::int32_t>({1});
    said = "has the shape (1), expected (2)";
  }
  SUBCASE("negative label") {
    name = "y_train.npy";
    content = npy_header("<i4", "(2,)") + bytes_of<std::int32_t>({1, -1});
    said = "the label of sample 1 is -1";
  }
  write_file(at / name, content);
  const auto loaded = data::load(files.section(), 2, 1);
  REQUIRE_FALSE(loaded);
  INFO(loaded.error().message);
  CHECK(loaded.error().kind == error_kind::bad_data);
  CHECK(contains(loaded.error().message, name));
  CHECK(contains(loaded.error().message, said));
}
