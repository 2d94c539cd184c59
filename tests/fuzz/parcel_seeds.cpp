// Writes the inputs that fuzzing starts from: parcel_seeds DIRECTORY. One of every form, as it is and cut short, and
// with each field of its headers forged.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/fuzz/parcel_target.hpp"

namespace {

using namespace rhizome;

void write(const std::filesystem::path& path, test::fuzz_control control, const std::vector<std::byte>& bytes) {
  std::string text{static_cast<char>(control.cuts), static_cast<char>(control.repair)};
  for (const auto b : bytes)
    text += static_cast<char>(b);
  std::ofstream(path, std::ios::binary) << text;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: parcel_seeds DIRECTORY\n", stderr);
    return 2;
  }
  const std::filesystem::path directory = argv[1];
  std::filesystem::create_directories(directory);
  const auto pool = learning::vector_pool::make(test::odd_floats().size());
  std::uint8_t form = 0;
  for (const auto& parcel : test::parcels_of_every_form(*pool)) {
    const auto bytes = sharing::encode(parcel);
    write(directory / fmt::format("form-{}", form), {form, 0}, bytes);
    auto part = bytes;
    part.resize(bytes.size() - 1);
    write(directory / fmt::format("form-{}-cut", form), {form, 1}, part);
    ++form;
  }
  // The fields of parcel 0, which has one receiver; its fragment is at 20.
  const auto bytes = sharing::encode(test::parcels_of_every_form(*pool).front());
  for (const std::size_t offset :
       {0U, 4U, 6U, 8U, 12U, 16U, 20U, 24U, 26U, 28U, 30U, 32U, 36U, 40U, 44U, 48U, 52U, 56U})
    for (const std::uint8_t value : {std::uint8_t{1}, std::uint8_t{17}, std::uint8_t{255}}) {
      auto forged = bytes;
      forged[offset] ^= std::byte{value};
      write(directory / fmt::format("forged-{}-{}", offset, value), {9, 1}, forged);
    }
}
