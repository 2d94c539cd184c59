#pragma once

#include "core/config/schema.hpp"

namespace rhizome::cli {

/// The schema of a whole file: the sections of every part, in the order in which they are printed.
[[nodiscard]] const config::schema& full_schema();

} // namespace rhizome::cli
