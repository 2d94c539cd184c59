#include "core/config/print.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <xxhash.h>

#include "core/config/describe.hpp"
#include "core/config/suggest.hpp"

namespace rhizome::config {

namespace {

/// The keys that a document has in this section: the common ones, then those of the chosen variant.
std::vector<const key*> keys_of(const section_schema& schema, const section& s) {
  std::vector<const key*> keys;
  for (const auto& k : schema.keys)
    keys.push_back(&k);
  if (!schema.selector.empty())
    if (const auto* chosen = schema.find_variant(s.text(schema.selector)))
      for (const auto& k : chosen->keys)
        keys.push_back(&k);
  return keys;
}

// --- explain ---------------------------------------------------------------------------------------------------------

std::string key_paragraph(const std::string& whole_name, const key& k) {
  return fmt::format("{} = {}\n  {}\n  {}{}\n", whole_name, to_literal(k.default_value), k.sentence, expectation(k),
                     k.unit.empty() ? "" : ", in " + k.unit);
}

std::string variant_line(const section_schema& s, const variant& v) {
  return fmt::format("{}.{} = {}\n  {}\n", s.name, s.selector, quoted(v.name), v.sentence);
}

std::string explain_section(const section_schema& s) {
  auto out = fmt::format("[{}]\n  {}\n", s.name, s.sentence);
  for (const auto& k : s.keys)
    out += "\n" + key_paragraph(s.name + "." + k.name, k);
  for (const auto& v : s.variants)
    out += "\n" + variant_line(s, v);
  return out;
}

std::string explain_variant(const section_schema& s, const variant& v) {
  auto out = variant_line(s, v);
  for (const auto& k : v.keys)
    out += "\n" + key_paragraph(s.name + "." + k.name, k);
  return out;
}

/// Everything in the section that has this name: a common key, keys of variants, a variant.
std::string explain_member(const section_schema& s, std::string_view name) {
  std::string out;
  const auto append = [&](const std::string& paragraph) { out += (out.empty() ? "" : "\n") + paragraph; };
  for (const auto& k : s.keys)
    if (k.name == name)
      append(key_paragraph(s.name + "." + k.name, k));
  for (const auto& v : s.variants)
    for (const auto& k : v.keys)
      if (k.name == name)
        append(fmt::format("{}  only with {}.{} = {}\n", key_paragraph(s.name + "." + k.name, k), s.name, s.selector,
                           quoted(v.name)));
  if (const auto* v = s.find_variant(name))
    append(explain_variant(s, *v));
  return out;
}

/// Every topic that `explain` knows; with the last parts alone, for those who leave out the section.
std::vector<std::string> topics(const schema& schema) {
  std::vector<std::string> all;
  for (const auto& s : schema.sections) {
    all.push_back(s.name);
    for (const auto& k : s.keys)
      all.push_back(s.name + "." + k.name);
    for (const auto& v : s.variants) {
      all.push_back(s.name + "." + v.name);
      for (const auto& k : v.keys)
        all.push_back(s.name + "." + k.name);
    }
  }
  return all;
}

std::string suggestion(const schema& schema, std::string_view topic) {
  const auto all = topics(schema);
  for (const auto& candidate : all)
    if (candidate.ends_with("." + std::string(topic)))
      return fmt::format("; did you mean {}?", quoted(candidate));
  return did_you_mean(topic, all);
}

// --- reference -------------------------------------------------------------------------------------------------------

std::string cell(std::string text) {
  for (auto bar = text.find('|'); bar != std::string::npos; bar = text.find('|', bar + 2))
    text.insert(bar, "\\");
  return text;
}

std::string key_table(const std::vector<key>& keys) {
  std::string out = "| key | default | takes | meaning |\n| --- | --- | --- | --- |\n";
  for (const auto& k : keys)
    out += fmt::format("| `{}` | `{}` | {}{} | {} |\n", k.name, cell(to_literal(k.default_value)), cell(expectation(k)),
                       k.unit.empty() ? "" : ", in " + k.unit, cell(k.sentence));
  return out;
}

std::string section_chapter(const section_schema& s) {
  auto out = fmt::format("\n## [{}]\n\n{}\n", s.name, s.sentence);
  if (!s.keys.empty())
    out += "\n" + key_table(s.keys);
  for (const auto& v : s.variants) {
    out += fmt::format("\n### {} = \"{}\"\n\n{}\n", s.selector, v.name, v.sentence);
    if (!v.keys.empty())
      out += "\n" + key_table(v.keys);
  }
  return out;
}

} // namespace

std::string to_toml(const document& doc, const schema& schema) {
  std::string out;
  for (const auto& s : schema.sections) {
    const auto& values = doc[s.name];
    out += fmt::format("{}[{}]\n", out.empty() ? "" : "\n", s.name);
    for (const auto* k : keys_of(s, values))
      out += fmt::format("{} = {}{}\n", k->name, to_literal(values.values().at(k->name)),
                         k->unit.empty() ? "" : " # " + k->unit);
  }
  return out;
}

result<std::string> explain(const schema& schema, std::string_view topic) {
  for (const auto& s : schema.sections)
    if (s.name == topic)
      return explain_section(s);
  for (const auto& s : schema.sections)
    if (topic.starts_with(s.name + "."))
      if (auto text = explain_member(s, topic.substr(s.name.size() + 1)); !text.empty())
        return text;
  return fail(error_kind::invalid_input, "nothing is called {}{}", quoted(topic), suggestion(schema, topic));
}

std::string reference(const schema& schema) {
  std::string out = "# Configuration reference\n\n"
                    "Written by `rhizome explain --reference`; do not edit.\n\n"
                    "One TOML file is one experiment. Every key has a default; `--set section.key=value` overrides the "
                    "file.\nWhere a section has variants, the keys below a variant exist only while it is chosen.\n";
  for (const auto& s : schema.sections)
    out += section_chapter(s);
  return out;
}

std::vector<std::string> keys_without_effect() {
  return {"runtime.threads", "cluster"};
}

std::string config_hash(const document& doc, const schema& schema, std::span<const std::string> without) {
  const auto left_out = [&](const std::string& name) { return std::ranges::find(without, name) != without.end(); };
  std::string text;
  for (const auto& s : schema.sections) {
    if (left_out(s.name))
      continue;
    const auto& values = doc[s.name];
    for (const auto* k : keys_of(s, values))
      if (const auto name = s.name + "." + k->name; !left_out(name))
        text += fmt::format("{} = {}\n", name, to_literal(values.values().at(k->name)));
  }
  return fmt::format("{:016x}", XXH3_64bits(text.data(), text.size())).substr(0, 8);
}

} // namespace rhizome::config
