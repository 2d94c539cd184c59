#include "tests/support/paths.hpp"

namespace rhizome::tests {

std::string source_directory() {
  return RHIZOME_SOURCE_DIR;
}

std::string build_directory() {
  return RHIZOME_BINARY_DIR;
}

} // namespace rhizome::tests
