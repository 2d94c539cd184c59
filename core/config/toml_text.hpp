#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/result.hpp"

namespace rhizome::config {

/// A place in a text, both counted from 1; columns count characters, not bytes.
struct position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  friend auto operator<=>(const position&, const position&) = default;
};

struct toml_entry;

/// A TOML value as it stands in the text: the border to toml++, whose types go no further than toml_text.cpp.
struct toml_value {
  struct date {}; ///< dates and times, which no key takes

  position where;
  std::variant<bool, std::int64_t, double, std::string, date, std::vector<toml_value>, std::vector<toml_entry>> held;
};

/// A key of a table with its value.
struct toml_entry {
  std::string name;
  position where;
  toml_value value;
};

/// A configuration file that is larger is refused before it is parsed.
inline constexpr std::size_t largest_file = 1 << 20;

/// Arrays, tables and dotted keys may nest this deep. toml++ walks them recursively, some of them without a limit.
inline constexpr std::size_t deepest_nesting = 16;

/// Reads TOML 1.0: the entries of the root table in the order of the text. The first error is
/// "source:line:column: sentence", of kind invalid_input.
[[nodiscard]] result<std::vector<toml_entry>> read_toml(std::string_view text, std::string_view source);

} // namespace rhizome::config
