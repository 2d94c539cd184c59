#include "core/config/toml_text.hpp"

#include <algorithm>
#include <optional>

#include <toml++/toml.h>

#include "core/config/toml_scan.hpp"

namespace rhizome::config {

namespace {

position to_position(const toml::source_region& region) {
  return {static_cast<std::uint32_t>(std::max<toml::source_index>(1, region.begin.line)),
          static_cast<std::uint32_t>(std::max<toml::source_index>(1, region.begin.column))};
}

toml_value to_value(const toml::node& node);

std::vector<toml_entry> to_entries(const toml::table& table) {
  std::vector<toml_entry> entries;
  entries.reserve(table.size());
  for (const auto& [name, node] : table)
    entries.push_back({std::string(name.str()), to_position(name.source()), to_value(node)});
  std::ranges::sort(entries, {}, &toml_entry::where); // toml++ sorts by name
  return entries;
}

toml_value to_value(const toml::node& node) {
  toml_value value{to_position(node.source()), toml_value::date{}};
  if (const auto* table = node.as_table()) {
    value.held = to_entries(*table);
  } else if (const auto* array = node.as_array()) {
    std::vector<toml_value> elements;
    elements.reserve(array->size());
    for (const auto& element : *array)
      elements.push_back(to_value(element));
    value.held = std::move(elements);
  } else if (const auto* text = node.as_string()) {
    value.held = text->get();
  } else if (const auto* integer = node.as_integer()) {
    value.held = integer->get();
  } else if (const auto* real = node.as_floating_point()) {
    value.held = real->get();
  } else if (const auto* boolean = node.as_boolean()) {
    value.held = boolean->get();
  }
  return value;
}

/// toml++'s description as part of one line: it quotes what it saw, which may be a line break.
std::string to_sentence(std::string_view description) {
  constexpr std::string_view prefix = "Error while parsing ";
  std::string out = "TOML syntax error: ";
  if (description.starts_with(prefix)) {
    description.remove_prefix(prefix.size());
    out = "TOML syntax error in ";
  }
  for (const char c : description) {
    if (c == '\n')
      out += "\\n";
    else
      out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out;
}

tl::unexpected<error> syntax_error(std::string_view source, position where, std::string_view sentence) {
  return fail(error_kind::invalid_input, "{}:{}:{}: {}", source, where.line, where.column, sentence);
}

} // namespace

result<std::vector<toml_entry>> read_toml(std::string_view text, std::string_view source) {
  if (text.size() > largest_file)
    return syntax_error(source, {},
                        fmt::format("the file has more than {} bytes, which no configuration needs", largest_file));
  if (const auto fault = scan_toml(text))
    return syntax_error(source, fault->where, fault->sentence);
  try {
    const toml::table root = toml::parse(text);
    return to_entries(root);
  } catch (const toml::parse_error& e) {
    return syntax_error(source, to_position(e.source()), to_sentence(e.description()));
  }
}

} // namespace rhizome::config
