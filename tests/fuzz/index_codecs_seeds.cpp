// Writes the inputs that fuzzing starts from: index_codecs_seeds DIRECTORY. A few sets of places by every codec.

#include <array>

#include "tests/fuzz/index_codecs_target.hpp"
#include "tests/fuzz/seed_files.hpp"

int main(int argc, char** argv) {
  using namespace rhizome;
  const auto directory = test::seed_directory(argc, argv);
  if (directory.empty())
    return 2;
  const std::vector<std::vector<std::uint32_t>> sets = {{}, {0}, {0, 1, 2, 3, 4, 5, 6, 7}, {3, 4, 9, 100, 299}};
  constexpr std::uint32_t size = 300;
  std::uint8_t codec = 0;
  for (const auto& kind : sharing::index_codecs()) {
    for (const auto& places : sets) {
      const std::array<std::uint8_t, 5> control{codec, size & 255, size >> 8, static_cast<std::uint8_t>(places.size()),
                                                0};
      test::write_seeds(directory, kind.name + "-" + std::to_string(places.size()), control,
                        kind.make()->encode(size, places));
    }
    ++codec;
  }
}
