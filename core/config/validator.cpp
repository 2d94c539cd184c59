#include "core/config/validator.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/config/convert.hpp"
#include "core/config/describe.hpp"
#include "core/config/suggest.hpp"

namespace rhizome::config {

namespace {

std::vector<std::string> names_of(const std::vector<key>& keys) {
  std::vector<std::string> names;
  for (const auto& k : keys)
    names.push_back(k.name);
  return names;
}

/// Where else a key of that name exists: "; it belongs to [training]", or nothing.
std::string belongs_elsewhere(const schema& schema, std::string_view key_name) {
  for (const auto& s : schema.sections) {
    bool here = s.find(key_name, {}) != nullptr;
    for (const auto& v : s.variants)
      here = here || s.find(key_name, v.name) != nullptr;
    if (here)
      return fmt::format("; it belongs to [{}]", s.name);
  }
  return "";
}

/// The variants that have a key of their own with that name.
std::vector<std::string> owners(const section_schema& schema, std::string_view key_name) {
  std::vector<std::string> names;
  for (const auto& v : schema.variants)
    if (std::ranges::find(v.keys, key_name, &key::name) != v.keys.end())
      names.push_back(v.name);
  return names;
}

/// The value of an override: TOML if it is that, else the text itself.
toml_value override_value(const std::string& plain) {
  auto entries = read_toml("value = " + plain, "");
  if (entries && entries->size() == 1 && entries->front().name == "value")
    return std::move(entries->front().value);
  return {{}, plain};
}

} // namespace

validator::validator(const schema& schema, std::string source, std::span<const std::string> overrides)
    : schema_(schema), source_(std::move(source)), overrides_(overrides) {}

result<document> validator::run(const std::vector<toml_entry>& entries) {
  collect(entries);
  for (std::size_t i = 1; i <= overrides_.size(); ++i)
    apply_override(i);
  document validated;
  for (const auto& s : schema_.sections)
    validated.set(s.name, validate(s));
  if (findings_.empty())
    check_combinations(validated);
  if (!findings_.empty())
    return tl::unexpected(all_findings());
  return validated;
}

// --- what the file and the arguments set -----------------------------------------------------------------------------

void validator::collect(const std::vector<toml_entry>& entries) {
  for (const auto& entry : entries) {
    if (leads_to_section(entry.name))
      collect_section(entry.name, entry);
    else
      unknown_section(entry);
  }
}

void validator::collect_section(const std::string& name, const toml_entry& entry) {
  const auto* keys = std::get_if<std::vector<toml_entry>>(&entry.value.held);
  if (!keys)
    return add({0, entry.where}, fmt::format("\"{0}\" is a section; write its keys below a line [{0}]", name));
  auto& given = given_[name];
  given.header = entry.where;
  for (const auto& child : *keys) {
    const auto inner = name + "." + child.name;
    if (leads_to_section(inner))
      collect_section(inner, child);
    else
      given.settings.emplace(child.name, setting{child.value, {0, child.where}});
  }
}

void validator::unknown_section(const toml_entry& entry) {
  const place at{0, entry.where};
  const bool is_table = std::holds_alternative<std::vector<toml_entry>>(entry.value.held);
  if (!is_table)
    return add(
        at, fmt::format("{} stands outside a section{}", quoted(entry.name), belongs_elsewhere(schema_, entry.name)));
  add(at, no_such_section(entry.name));
}

void validator::apply_override(std::size_t argument) {
  const auto& text = overrides_[argument - 1];
  const place at{argument, {}};
  const auto equals = text.find('=');
  const auto name = text.substr(0, equals);
  const auto dot = name.rfind('.');
  if (equals == std::string::npos || dot == std::string::npos)
    return add(at, fmt::format("expected section.key=value{}",
                               dot == std::string::npos ? belongs_elsewhere(schema_, name) : ""));
  const auto section_name = name.substr(0, dot);
  const auto key_name = name.substr(dot + 1);
  const auto* schema = schema_.find(section_name);
  if (!schema)
    return add(at, no_such_section(section_name));
  const auto plain = text.substr(equals + 1);
  auto& given = given_[section_name];
  if (key_name == schema->selector)
    leave_out_keys_of_other_variants(*schema, given, plain);
  given.settings.insert_or_assign(key_name, setting{override_value(plain), at, plain});
}

void validator::leave_out_keys_of_other_variants(const section_schema& schema, given_section& given,
                                                 const std::string& new_variant) {
  const auto before = chosen_variant(schema, given);
  const auto* old_variant = before ? schema.find_variant(*before) : nullptr;
  if (!old_variant)
    return;
  for (const auto& k : old_variant->keys) {
    const auto found = given.settings.find(k.name);
    if (found != given.settings.end() && found->second.at.argument == 0 && !schema.find(k.name, new_variant))
      given.settings.erase(found);
  }
}

// --- one section -----------------------------------------------------------------------------------------------------

section validator::validate(const section_schema& schema) {
  section filled;
  const auto& given = given_[schema.name];
  const auto variant_name = chosen_variant(schema, given);
  const auto fill = [&](const key& k) {
    const auto found = given.settings.find(k.name);
    const auto v = found == given.settings.end()
                       ? k.default_value
                       : convert_setting(found->second, k, schema.name + "." + k.name).value_or(k.default_value);
    filled.set(k.name, v);
  };
  std::ranges::for_each(schema.keys, fill);
  if (const auto* chosen = variant_name ? schema.find_variant(*variant_name) : nullptr)
    std::ranges::for_each(chosen->keys, fill);
  for (const auto& [name, s] : given.settings) {
    if (filled.has(name))
      continue;
    // With a wrong selector nobody knows which of the variants' keys are right: only what none of them has is wrong.
    if (variant_name || owners(schema, name).empty())
      unfit_key(schema, variant_name.value_or(""), name, s.at);
  }
  return filled;
}

/// The variant that is asked for, "" in a section without variants, null if the selector's value is wrong.
std::optional<std::string> validator::chosen_variant(const section_schema& schema, const given_section& given) {
  if (schema.selector.empty())
    return "";
  const auto found = given.settings.find(schema.selector);
  if (found == given.settings.end())
    return std::get<std::string>(schema.find(schema.selector, {})->default_value);
  const auto* text = std::get_if<std::string>(&found->second.value.held);
  return text && schema.find_variant(*text) ? std::optional(*text) : std::nullopt;
}

void validator::unfit_key(const section_schema& schema, const std::string& variant_name, const std::string& name,
                          place at) {
  const auto* chosen = schema.find_variant(variant_name);
  const auto own = chosen ? names_of(chosen->keys) : std::vector<std::string>{};
  if (const auto others = owners(schema, name); !others.empty())
    return add(at, fmt::format("\"{}\" belongs to {}.{} = {}; here it is {}, which has {}", name, schema.name,
                               schema.selector, quoted_list(others), quoted(variant_name),
                               own.empty() ? "no keys of its own" : "the keys " + quoted_list(own)));
  auto known = names_of(schema.keys);
  known.insert(known.end(), own.begin(), own.end());
  auto near = known; // or a table of this one
  for (const auto& other : schema_.sections)
    if (other.name.starts_with(schema.name + "."))
      near.push_back(other.name.substr(schema.name.size() + 1));
  const auto suggestion = did_you_mean(name, near);
  if (!suggestion.empty())
    return add(at, fmt::format("[{}] has no key {}{}", schema.name, quoted(name), suggestion));
  add(at, fmt::format("[{}] has no key {}{}; its keys are {}", schema.name, quoted(name),
                      belongs_elsewhere(schema_, name), quoted_list(known)));
}

std::optional<value> validator::convert_setting(const setting& s, const key& k, const std::string& full_name) {
  auto given = s.value;
  const bool is_text = std::holds_alternative<std::string>(given.held);
  if (s.at.argument > 0 && k.type() == value_type::text && !is_text)
    given.held = s.plain; // --set experiment.name=2024 means the text
  auto converted = convert(given, k, full_name);
  if (converted)
    return std::move(*converted);
  add({s.at.argument, converted.error().where}, converted.error().sentence);
  return std::nullopt;
}

// --- combinations ----------------------------------------------------------------------------------------------------

void validator::check_combinations(const document& validated) {
  for (const auto& s : schema_.sections)
    if (s.check)
      for (const auto& p : s.check(validated))
        combination(validated, p);
}

void validator::combination(const document& validated, const problem& p) {
  const bool whole_section = schema_.find(p.key) != nullptr;
  const auto dot = whole_section ? std::string::npos : p.key.rfind('.');
  const auto section_name = p.key.substr(0, dot);
  const auto key_name = dot == std::string::npos ? std::string() : p.key.substr(dot + 1);
  const auto& given = given_[section_name];
  const auto sentence = fmt::format("{}: {}", p.key, p.sentence);
  if (const auto found = given.settings.find(key_name); found != given.settings.end())
    return add(found->second.at, sentence);
  const place header{0, given.header.value_or(position{})};
  if (!schema_.find(section_name) || !validated[section_name].has(key_name))
    return add(header, sentence);
  const auto literal = to_literal(validated[section_name].values().at(key_name));
  add(header, fmt::format("{} ({} = {} is the default)", sentence, key_name, literal));
}

// --- small things ----------------------------------------------------------------------------------------------------

bool validator::leads_to_section(std::string_view prefix) const {
  return std::ranges::any_of(schema_.sections, [&](const section_schema& s) {
    return s.name == prefix || (s.name.starts_with(prefix) && s.name[prefix.size()] == '.');
  });
}

std::string validator::no_such_section(std::string_view name) const {
  std::vector<std::string> names;
  for (const auto& s : schema_.sections)
    names.push_back(s.name);
  const auto suggestion = did_you_mean(name, names);
  return fmt::format("there is no section [{}]{}", one_line(name),
                     suggestion.empty() ? "; the sections are " + quoted_list(names) : suggestion);
}

void validator::add(place at, std::string sentence) {
  findings_.push_back({at, std::move(sentence)});
}

error validator::all_findings() {
  std::ranges::stable_sort(findings_, {}, &finding::at);
  std::string lines;
  for (const auto& [at, sentence] : findings_) {
    const auto where = at.argument > 0 ? "--set " + one_line(overrides_[at.argument - 1])
                                       : fmt::format("{}:{}:{}", source_, at.where.line, at.where.column);
    lines += fmt::format("{}{}: {}", lines.empty() ? "" : "\n", where, sentence);
  }
  return {error_kind::invalid_input, std::move(lines)};
}

} // namespace rhizome::config
