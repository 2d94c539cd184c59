#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace rhizome::config {

/// A key of an INI file with its value as it stands there, without quotes around it.
struct ini_entry {
  std::string key;
  std::string value;
  std::uint32_t line = 0;
};

struct ini_section {
  std::string name;
  std::vector<ini_entry> entries = {}; ///< in the order of the file
};

/// Reads `[section]`, `key = value` or `key: value`, and comments, which begin with ; or # at a line's start or behind
/// a space. Values are texts: nothing in them is ever evaluated. An error, of kind invalid_input, is
/// "source:line: sentence": what is none of these, a key outside a section, a section or a key that is there twice.
[[nodiscard]] result<std::vector<ini_section>> read_ini(std::string_view text, std::string_view source);

} // namespace rhizome::config
