#include "core/config/convert.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "core/config/describe.hpp"
#include "core/config/suggest.hpp"

namespace rhizome::config {

namespace {

/// What stands in the file, as a message shows it.
std::string shown(const toml_value& given) {
  struct visitor {
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(std::int64_t v) const { return fmt::format("{}", v); }
    std::string operator()(double v) const { return to_literal(v); }
    std::string operator()(const std::string& v) const { return quoted(v); }
    std::string operator()(const toml_value::date&) const { return "a date or time"; }
    std::string operator()(const std::vector<toml_value>&) const { return "an array"; }
    std::string operator()(const std::vector<toml_entry>&) const { return "a table"; }
  };
  return std::visit(visitor{}, given.held);
}

/// The value as T if that is its type; an integer also is a real.
template <class T>
std::optional<T> typed(const toml_value& given) {
  if (const auto* held = std::get_if<T>(&given.held))
    return *held;
  if constexpr (std::is_same_v<T, double>)
    if (const auto* integer = std::get_if<std::int64_t>(&given.held))
      return static_cast<double>(*integer);
  return std::nullopt;
}

bool allowed(const key&, bool) {
  return true;
}

bool allowed(const key& k, double number) {
  const bool above = !k.minimum || (k.exclusive_minimum ? number > *k.minimum : number >= *k.minimum);
  return std::isfinite(number) && above && (!k.maximum || number <= *k.maximum);
}

bool allowed(const key& k, std::int64_t number) {
  return allowed(k, static_cast<double>(number));
}

bool allowed(const key& k, const std::string& text) {
  return k.choices.empty() || std::ranges::find(k.choices, text) != k.choices.end();
}

class converter {
public:
  converter(const toml_value& given, const key& k, std::string_view name) : given_(given), key_(k), name_(name) {}

  template <class T>
  tl::expected<value, value_fault> operator()(const T&) const {
    if (const auto element = typed<T>(given_); element && allowed(key_, *element))
      return value(*element);
    return fault(given_, std::string(name_));
  }

  template <class T>
  tl::expected<value, value_fault> operator()(const std::vector<T>&) const {
    const auto* array = std::get_if<std::vector<toml_value>>(&given_.held);
    if (!array)
      return fault(given_, std::string(name_));
    std::vector<T> elements;
    for (const auto& item : *array) {
      auto element = typed<T>(item);
      if (!element || !allowed(key_, *element))
        return fault(item, fmt::format("element {} of {}", elements.size() + 1, name_));
      elements.push_back(std::move(*element));
    }
    return value(std::move(elements));
  }

private:
  tl::unexpected<value_fault> fault(const toml_value& culprit, const std::string& what) const {
    const auto* text = std::get_if<std::string>(&culprit.held);
    return tl::unexpected(
        value_fault{culprit.where, fmt::format("{} is {}; expected {}{}", what, shown(culprit), expectation(key_),
                                               text ? did_you_mean(*text, key_.choices) : "")});
  }

  const toml_value& given_;
  const key& key_;
  std::string_view name_;
};

} // namespace

tl::expected<value, value_fault> convert(const toml_value& given, const key& k, std::string_view name) {
  return std::visit(converter(given, k, name), k.default_value);
}

} // namespace rhizome::config
