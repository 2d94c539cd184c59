#include "core/config/import_ini_values.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <fmt/ranges.h>

#include "core/config/describe.hpp"

namespace rhizome::config::ini {

namespace {

/// A finite number as TOML.
std::optional<std::string> to_real(std::string_view text) {
  const auto number = to_number<double>(text);
  if (!number || !std::isfinite(*number))
    return std::nullopt;
  return fmt::format("{}", *number);
}

} // namespace

std::string as_text(std::string_view text) {
  return to_literal(value(std::string(text)));
}

std::optional<bool> to_boolean(std::string_view text) {
  for (const auto* yes : {"True", "true", "yes", "on", "1"})
    if (text == yes)
      return true;
  for (const auto* no : {"False", "false", "no", "off", "0"})
    if (text == no)
      return false;
  return std::nullopt;
}

std::optional<std::vector<std::string>> to_reals(std::string_view text) {
  if (text.size() < 2 || (text.front() != '[' && text.front() != '('))
    return std::nullopt;
  if (text.back() != (text.front() == '[' ? ']' : ')'))
    return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::vector<std::string> numbers;
  while (text.find_first_not_of(' ') != std::string_view::npos) {
    const auto comma = text.find(',');
    auto part = text.substr(0, comma);
    part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
    part = part.substr(0, part.find_last_not_of(' ') + 1);
    const auto number = to_real(part);
    if (!number)
      return std::nullopt;
    numbers.push_back(*number);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return numbers;
}

std::optional<std::string> to_toml_value(std::string_view text, value_form form) {
  switch (form) {
  case value_form::boolean:
    if (const auto held = to_boolean(text))
      return *held ? "true" : "false";
    return std::nullopt;
  case value_form::integer:
    if (const auto held = to_number<std::int64_t>(text))
      return fmt::format("{}", *held);
    return std::nullopt;
  case value_form::real:
    return to_real(text);
  case value_form::reals:
    if (const auto held = to_reals(text))
      return fmt::format("[{}]", fmt::join(*held, ", "));
    return std::nullopt;
  case value_form::text:
    return as_text(text);
  }
  return std::nullopt;
}

std::string_view describe(value_form form) {
  switch (form) {
  case value_form::boolean:
    return "True or False";
  case value_form::integer:
    return "an integer";
  case value_form::real:
    return "a number";
  case value_form::reals:
    return "a list of numbers such as [0.1, 0.5]";
  case value_form::text:
    return "a text";
  }
  return {};
}

} // namespace rhizome::config::ini
