// Writes the inputs that fuzzing starts from: payloads_seeds DIRECTORY. What every strategy sends by its defaults and
// with each choice that changes the bytes, and what "stc" sends.

#include "tests/fuzz/payloads_target.hpp"
#include "tests/fuzz/seed_files.hpp"

int main(int argc, char** argv) {
  using namespace rhizome;
  const auto directory = test::seed_directory(argc, argv);
  if (directory.empty())
    return 2;
  constexpr unsigned indices = 0; // Elias' gamma code
  constexpr unsigned values = 1;  // fp16
  const auto& kinds = sharing::strategies();
  for (std::size_t strategy = 0; strategy < kinds.size(); ++strategy) {
    const auto variants = test::fuzzed_variants(kinds[strategy]);
    std::vector<std::byte> by_default;
    for (std::size_t variant = 0; variant < variants.size(); ++variant) {
      const auto& [name, keys] = variants[variant];
      const auto bytes = test::fuzzed_node(keys, test::fuzzed_codec(indices, values), 1).sent();
      if (variant == 0)
        by_default = bytes;
      else if (bytes == by_default)
        continue;
      test::write_seeds(directory, name, test::fuzzed_control(strategy, variant, indices, values), bytes);
    }
  }
  test::write_seeds(directory, "ternary", test::fuzzed_control(test::ternary_number, 0, indices, values),
                    test::ternary_sent(indices));
}
