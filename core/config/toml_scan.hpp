#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/config/toml_text.hpp"

namespace rhizome::config {

/// Why a text may not be given to toml++.
struct scan_fault {
  position where;
  std::string sentence;
};

/// Looks for what toml++ answers badly: bytes that are not UTF-8, whose place it tells wrongly, and NUL bytes; arrays,
/// tables and dotted keys nested deeper than `deepest_nesting`, for which it may run out of stack. Null: none is there.
[[nodiscard]] std::optional<scan_fault> scan_toml(std::string_view text);

} // namespace rhizome::config
