#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/config/schema.hpp"

namespace rhizome::config {

/// A number as TOML, in the fewest digits that read back as the same double.
[[nodiscard]] std::string to_literal(double number);

/// A value as TOML, on one line; it reads back as exactly the same value.
[[nodiscard]] std::string to_literal(const value& v);

/// A text on one line, control characters escaped, cut after 80 bytes: for messages.
[[nodiscard]] std::string one_line(std::string_view text);

/// The same in quotes, writes it.
[[nodiscard]] std::string quoted(std::string_view text);

/// The names, each in quotes, with commas between.
[[nodiscard]] std::string quoted_list(std::span<const std::string> names);

/// What a key takes: "an integer from 1 to 10", "one of "a", "b"", "an array of numbers above 0".
[[nodiscard]] std::string expectation(const key& k);

/// The type alone: "true or false", "an integer", "a number", "a text", "an array of integers" ...
[[nodiscard]] std::string type_name(value_type type);

} // namespace rhizome::config
