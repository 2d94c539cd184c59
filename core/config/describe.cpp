#include "core/config/describe.hpp"

#include <array>
#include <cmath>

#include <fmt/format.h>

namespace rhizome::config {

namespace {

/// TOML's basic string: control characters, quotes and backslashes escaped, all else as it is.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out.append({'\\', c});
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (byte < 0x20 || byte == 0x7f)
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(byte));
    else
      out += c;
  }
  return out;
}

std::string literal(bool v) {
  return v ? "true" : "false";
}

std::string literal(std::int64_t v) {
  return fmt::format("{}", v);
}

std::string literal(double v) {
  return to_literal(v);
}

std::string literal(const std::string& v) {
  return fmt::format("\"{}\"", escaped(v));
}

template <class T>
std::string literal(const std::vector<T>& elements) {
  std::string out = "[";
  for (std::size_t i = 0; i < elements.size(); ++i)
    out += (i > 0 ? ", " : "") + literal(elements[i]);
  return out + "]";
}

/// A bound as a person writes it: 1000000 and not 1e+06.
std::string bound(double limit) {
  return limit == std::floor(limit) && std::abs(limit) < 1e15 ? fmt::format("{:.0f}", limit) : fmt::format("{}", limit);
}

std::string range(const key& k) {
  if (k.minimum && k.maximum && !k.exclusive_minimum)
    return fmt::format(" from {} to {}", bound(*k.minimum), bound(*k.maximum));
  std::string out;
  if (k.minimum)
    out = (k.exclusive_minimum ? " above " : " of at least ") + bound(*k.minimum);
  if (k.maximum)
    out += fmt::format("{} at most {}", k.minimum ? " and" : " of", bound(*k.maximum));
  return out;
}

} // namespace

std::string to_literal(double number) {
  auto out = fmt::format("{}", number);
  if (std::isfinite(number) && out.find_first_of(".e") == std::string::npos)
    out += ".0";
  return out;
}

std::string to_literal(const value& v) {
  return std::visit([](const auto& held) { return literal(held); }, v);
}

std::string one_line(std::string_view text) {
  constexpr std::size_t limit = 80;
  if (text.size() <= limit)
    return escaped(text);
  auto end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) // not in the middle of a character
    --end;
  return escaped(text.substr(0, end)) + "...";
}

std::string quoted(std::string_view text) {
  return fmt::format("\"{}\"", one_line(text));
}

std::string quoted_list(std::span<const std::string> names) {
  std::string out;
  for (const auto& name : names)
    out += (out.empty() ? "" : ", ") + quoted(name);
  return out;
}

std::string type_name(value_type type) {
  constexpr std::array names{"true or false",        "an integer",          "a number",         "a text",
                             "an array of integers", "an array of numbers", "an array of texts"};
  return names.at(static_cast<std::size_t>(type));
}

std::string expectation(const key& k) {
  if (k.choices.empty())
    return type_name(k.type()) + range(k);
  return fmt::format("{} {}", k.type() == value_type::texts ? "an array of any of" : "one of", quoted_list(k.choices));
}

} // namespace rhizome::config
