#pragma once

#include <string>

#include "actors/remote_messages.hpp"

namespace rhizome::cli {

/// Versions of Rhizome and of the libraries that results depend on.
[[nodiscard]] std::string describe_versions();

/// What machines must have in common to compute the same bits.
[[nodiscard]] actors::build_identity describe_build();

/// Processor, cores, memory and host name.
[[nodiscard]] std::string describe_machine();

} // namespace rhizome::cli
