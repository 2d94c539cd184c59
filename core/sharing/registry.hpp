#pragma once

#include <string_view>
#include <vector>

#include "core/config/schema.hpp"
#include "core/sharing/strategy.hpp"

namespace rhizome::sharing {

/// All sharing strategies; a new one is one line here.
[[nodiscard]] const std::vector<strategy_kind>& strategies();

/// The one of that name, which validation has checked: throws std::logic_error if there is none.
[[nodiscard]] const strategy_kind& find_strategy(std::string_view name);

/// The section [sharing].
[[nodiscard]] config::section_schema schema();

} // namespace rhizome::sharing
