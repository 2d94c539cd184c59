#pragma once

#include "core/config/schema.hpp"

namespace rhizome::models {

/// The schema of [model]: the models are its variants.
[[nodiscard]] config::section_schema schema();

} // namespace rhizome::models
