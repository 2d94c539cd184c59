// The index codecs' decoders under libFuzzer: scripts/fuzz.sh.

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/index_codecs_target.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  rhizome::test::read_fuzzed_indices({data, size});
  return 0;
}
