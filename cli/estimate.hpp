#pragma once

#include <string>

#include "core/config/schema.hpp"

namespace rhizome::cli {

/// What a run needs, for `rhizome check`: memory, steps, and the time that they take on this machine, from a few steps
/// that it trains.
[[nodiscard]] result<std::string> estimate(const config::document& doc);

} // namespace rhizome::cli
