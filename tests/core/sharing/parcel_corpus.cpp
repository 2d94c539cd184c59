#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/fuzz/parcel_target.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/paths.hpp"

using namespace rhizome;

TEST_CASE("everything that fuzzing has found once is read without harm") {
  int accepted = 0;
  int refused = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(tests::source_directory() + "/tests/fuzz/corpus/parcel")) {
    CAPTURE(entry.path().filename().string());
    std::ifstream file(entry.path(), std::ios::binary);
    const std::vector<char> text{std::istreambuf_iterator<char>(file), {}};
    const std::vector<std::uint8_t> input(text.begin(), text.end());
    bool taken = false;
    CHECK_NOTHROW(taken = test::read_fuzzed_parcel(input));
    ++(taken ? accepted : refused);
  }
  CHECK(accepted >= 10); // one of every form
  CHECK(refused >= 10);
}
