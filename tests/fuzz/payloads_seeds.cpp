// Writes the inputs that fuzzing starts from: payloads_seeds DIRECTORY. What every strategy sends.

#include <array>

#include "tests/fuzz/payloads_target.hpp"
#include "tests/fuzz/seed_files.hpp"

int main(int argc, char** argv) {
  using namespace rhizome;
  const auto directory = test::seed_directory(argc, argv);
  if (directory.empty())
    return 2;
  std::uint8_t strategy = 0;
  for (const auto& kind : sharing::strategies()) {
    const std::array<std::uint8_t, 3> control{strategy, 0, 1}; // Elias' gamma code, fp16
    const test::fuzzed_node node(kind, test::fuzzed_codec(control[1], control[2]), 1);
    test::write_seeds(directory, kind.schema.name, control, node.sent());
    ++strategy;
  }
}
