#pragma once

#include <string>

#include "core/results/records.hpp"

namespace rhizome::results {

/// The table at the end of a run: one line a fact, aligned, in human units; ends with a new line. What was not
/// measured has no line.
[[nodiscard]] std::string to_table(const summary& run);

/// One JSON object, indented; the keys are the names of the struct's members, and what was not measured is null.
[[nodiscard]] std::string to_json(const summary& run);

} // namespace rhizome::results
