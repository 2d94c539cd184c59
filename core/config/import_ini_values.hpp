#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "core/config/import_ini_names.hpp"

// Values of INI files: read, never evaluated.

namespace rhizome::config::ini {

/// The text as a TOML string.
[[nodiscard]] std::string as_text(std::string_view text);

/// As Python's configparser has them: True, yes, on, 1 and their contraries.
[[nodiscard]] std::optional<bool> to_boolean(std::string_view text);

/// The number that the whole text is.
template <class Number>
[[nodiscard]] std::optional<Number> to_number(std::string_view text) {
  Number number{};
  const auto* end = text.data() + text.size();
  const auto [stopped, problem] = std::from_chars(text.data(), end, number);
  if (problem != std::errc() || stopped != end)
    return std::nullopt;
  return number;
}

/// Finite numbers in brackets or parentheses, separated by commas, each as TOML.
[[nodiscard]] std::optional<std::vector<std::string>> to_reals(std::string_view text);

/// The value as TOML; nothing where it is not of that form.
[[nodiscard]] std::optional<std::string> to_toml_value(std::string_view text, value_form form);

/// What is expected of such a value, for messages.
[[nodiscard]] std::string_view describe(value_form form);

} // namespace rhizome::config::ini
