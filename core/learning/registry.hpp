#pragma once

#include <string_view>
#include <vector>

#include "core/config/schema.hpp"
#include "core/learning/aggregation.hpp"
#include "core/learning/algorithm.hpp"

namespace rhizome::learning {

/// All algorithms; a new one is one line here.
[[nodiscard]] const std::vector<algorithm>& algorithms();
/// All aggregation rules; a new one is one line here.
[[nodiscard]] const std::vector<aggregation_kind>& aggregations();

/// The one of that name, which validation has checked: throws std::logic_error if there is none.
[[nodiscard]] const algorithm& find_algorithm(std::string_view name);
[[nodiscard]] const aggregation_kind& find_aggregation(std::string_view name);

/// The sections [algorithm] and [aggregation].
[[nodiscard]] config::section_schema algorithm_schema();
[[nodiscard]] config::section_schema aggregation_schema();

} // namespace rhizome::learning
