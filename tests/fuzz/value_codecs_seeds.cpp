// Writes the inputs that fuzzing starts from: value_codecs_seeds DIRECTORY. A few rows of values by every codec.

#include <array>

#include "tests/fuzz/seed_files.hpp"
#include "tests/fuzz/value_codecs_target.hpp"

int main(int argc, char** argv) {
  using namespace rhizome;
  const auto directory = test::seed_directory(argc, argv);
  if (directory.empty())
    return 2;
  const std::vector<std::vector<float>> rows = {{}, {0.5F, -1.25F, 3e-5F, 70000.0F, 0, -0.0F, 1e-41F}};
  constexpr std::uint8_t precision = 6; // 8 bits of "packed" and of "fpzip-lossy"
  std::uint8_t codec = 0;
  for (const auto& kind : sharing::value_codecs()) {
    for (const auto& values : rows) {
      const std::array<std::uint8_t, 4> control{codec, precision, static_cast<std::uint8_t>(values.size()), 0};
      test::write_seeds(directory, kind.name + "-" + std::to_string(values.size()), control,
                        kind.make(test::fuzzed_precision(precision))->encode(values));
    }
    if (kind.name == "fpzip") { // its reader alone, for all 32 bits: without the checksum
      const std::array<std::uint8_t, 4> control{static_cast<std::uint8_t>(sharing::value_codecs().size()), 30,
                                                static_cast<std::uint8_t>(rows.back().size()), 0};
      const auto bytes = kind.make({})->encode(rows.back());
      test::write_seeds(directory, "fpzip-reader", control, {bytes.begin() + sizeof(std::uint64_t), bytes.end()});
    }
    ++codec;
  }
}
