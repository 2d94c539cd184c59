#pragma once

#include <string>

namespace rhizome::cli {

/// Versions of Rhizome and of the libraries that results depend on.
[[nodiscard]] std::string describe_versions();

/// Processor, cores, memory and host name.
[[nodiscard]] std::string describe_machine();

} // namespace rhizome::cli
