#include "core/config/import_ini_conversion.hpp"

#include <filesystem>

#include "core/config/describe.hpp"
#include "core/config/import_ini_values.hpp"

namespace rhizome::config::ini {

const ini_entry* conversion::look(std::string_view section, std::string_view key) {
  for (const auto& s : sections_)
    if (s.name == section)
      for (const auto& entry : s.entries)
        if (entry.key == key) {
          asked_for_.emplace(section, key);
          return &entry;
        }
  return nullptr;
}

std::string conversion::text(std::string_view section, std::string_view key, std::string_view otherwise) {
  const auto* entry = look(section, key);
  return entry == nullptr ? std::string(otherwise) : entry->value;
}

bool conversion::boolean(std::string_view section, std::string_view key, bool otherwise) {
  const auto* entry = look(section, key);
  if (entry == nullptr)
    return otherwise;
  const auto held = to_boolean(entry->value);
  if (!held)
    wrong(entry, fmt::format("{}: expected True or False, found {}", key, one_line(entry->value)));
  return held.value_or(otherwise);
}

bool conversion::take(std::string_view section, const key_name& key, std::string_view to_section) {
  const auto* entry = look(section, key.from);
  if (entry == nullptr)
    return false;
  auto value = to_toml_value(entry->value, key.form);
  if (!value)
    wrong(entry, fmt::format("{}: expected {}, found {}", key.from, describe(key.form), one_line(entry->value)));
  else
    set(to_section, key.to, std::move(*value));
  return true;
}

void conversion::set(std::string_view section, std::string_view key, std::string value) {
  auto found = std::ranges::find(toml_, section, [](const auto& s) -> std::string_view { return s.first; });
  if (found == toml_.end())
    found = toml_.insert(toml_.end(), {std::string(section), {}});
  auto& keys = found->second;
  const auto same = std::ranges::find(keys, key, [](const auto& k) -> std::string_view { return k.first; });
  if (same != keys.end())
    same->second = std::move(value);
  else
    keys.emplace_back(key, std::move(value));
}

void conversion::wrong(const ini_entry* at, std::string sentence) {
  if (!error_)
    error_ = error{error_kind::invalid_input, at == nullptr ? fmt::format("{}: {}", source_, sentence)
                                                            : fmt::format("{}:{}: {}", source_, at->line, sentence)};
}

void conversion::note_what_is_left() {
  for (const auto& section : sections_)
    for (const auto& entry : section.entries) {
      if (was_asked_for(section.name, entry.key))
        continue;
      const auto dropped = std::ranges::find_if(dropped_keys(), [&](const dropped_key& d) {
        return d.section == section.name && (d.key.empty() || d.key == entry.key);
      });
      note(fmt::format("[{}] {}: {}", one_line(section.name), one_line(entry.key),
                       dropped == dropped_keys().end() ? "unknown; it has no effect here" : dropped->why));
    }
}

void conversion::leave_out(std::string_view section) {
  std::erase_if(toml_, [&](const auto& s) { return s.first == section; });
}

std::string conversion::print() const {
  std::string out =
      fmt::format("# From {} by rhizome import-ini.\n", one_line(std::filesystem::path(source_).filename().string()));
  if (!notes_.empty())
    out += "# Not taken over, or different:\n";
  for (const auto& sentence : notes_)
    out += fmt::format("#   {}\n", sentence);
  for (const auto* name :
       {"experiment", "data", "model", "training", "algorithm", "topology", "sharing", "sharing.codec", "evaluation"}) {
    const auto section = std::ranges::find(toml_, name, [](const auto& s) { return s.first; });
    if (section == toml_.end())
      continue;
    out += fmt::format("\n[{}]\n", name);
    for (const auto& [key, value] : section->second)
      out += fmt::format("{} = {}\n", key, value);
  }
  return out;
}

} // namespace rhizome::config::ini
