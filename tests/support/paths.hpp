#pragma once

#include <string>

namespace rhizome::tests {

/// The root of the project, and of the build that the tests belong to.
[[nodiscard]] std::string source_directory();
[[nodiscard]] std::string build_directory();

} // namespace rhizome::tests
