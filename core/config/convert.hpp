#pragma once

#include <string>
#include <string_view>

#include "core/config/schema.hpp"
#include "core/config/toml_text.hpp"

namespace rhizome::config {

/// What is wrong with a value, and where it stands.
struct value_fault {
  position where;
  std::string sentence;
};

/// The value as the key wants it: right type, finite, in range, among the choices. `name` is the whole name, such as
/// "topology.degree", for the sentence.
[[nodiscard]] tl::expected<value, value_fault> convert(const toml_value& given, const key& k, std::string_view name);

} // namespace rhizome::config
