#include "core/config/schema.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace rhizome::config {

namespace {

template <class Range>
auto find_named(const Range& range, std::string_view name) -> decltype(range.data()) {
  const auto found = std::ranges::find_if(range, [name](const auto& item) { return item.name == name; });
  return found == range.end() ? nullptr : &*found;
}

template <class T>
const T& get(const value& v, std::string_view name) {
  if (const auto* found = std::get_if<T>(&v))
    return *found;
  throw std::logic_error(fmt::format("configuration key \"{}\" was asked for as another type", name));
}

} // namespace

const key* section_schema::find(std::string_view key_name, std::string_view variant_name) const {
  if (const auto* common = find_named(keys, key_name))
    return common;
  const auto* chosen = find_variant(variant_name);
  return chosen ? find_named(chosen->keys, key_name) : nullptr;
}

const variant* section_schema::find_variant(std::string_view variant_name) const {
  return find_named(variants, variant_name);
}

const section_schema* schema::find(std::string_view name) const {
  return find_named(sections, name);
}

const value& section::at(std::string_view name) const {
  const auto found = values_.find(std::string(name));
  if (found == values_.end())
    throw std::logic_error(fmt::format("the section has no configuration key \"{}\"", name));
  return found->second;
}

bool section::boolean(std::string_view name) const {
  return get<bool>(at(name), name);
}

std::int64_t section::integer(std::string_view name) const {
  return get<std::int64_t>(at(name), name);
}

double section::real(std::string_view name) const {
  return get<double>(at(name), name);
}

const std::string& section::text(std::string_view name) const {
  return get<std::string>(at(name), name);
}

const std::vector<std::int64_t>& section::integers(std::string_view name) const {
  return get<std::vector<std::int64_t>>(at(name), name);
}

const std::vector<double>& section::reals(std::string_view name) const {
  return get<std::vector<double>>(at(name), name);
}

const std::vector<std::string>& section::texts(std::string_view name) const {
  return get<std::vector<std::string>>(at(name), name);
}

bool section::has(std::string_view name) const {
  return values_.contains(std::string(name));
}

void section::set(std::string name, value v) {
  values_.insert_or_assign(std::move(name), std::move(v));
}

const section& document::operator[](std::string_view name) const {
  const auto found = sections_.find(std::string(name));
  if (found == sections_.end())
    throw std::logic_error(fmt::format("the configuration has no section \"{}\"", name));
  return found->second;
}

void document::set(std::string name, section s) {
  sections_.insert_or_assign(std::move(name), std::move(s));
}

section defaults(const section_schema& schema, std::string_view variant_name) {
  section filled;
  for (const auto& k : schema.keys)
    filled.set(k.name, k.default_value);
  if (schema.selector.empty())
    return filled;
  if (!variant_name.empty())
    filled.set(schema.selector, std::string(variant_name));
  const auto* chosen = schema.find_variant(filled.text(schema.selector));
  if (!chosen)
    throw std::logic_error(fmt::format("[{}] has no variant \"{}\"", schema.name, filled.text(schema.selector)));
  for (const auto& k : chosen->keys)
    filled.set(k.name, k.default_value);
  return filled;
}

} // namespace rhizome::config
