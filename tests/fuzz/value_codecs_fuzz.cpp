// The value codecs' decoders under libFuzzer: scripts/fuzz.sh.

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/value_codecs_target.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  rhizome::test::read_fuzzed_values({data, size});
  return 0;
}
