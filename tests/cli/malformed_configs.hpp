#pragma once

#include <string>
#include <vector>

#include "core/config/schema.hpp"

namespace rhizome::tests {

/// A configuration that has to be refused, and how.
struct malformed_config {
  std::string what; ///< for the test's messages
  std::string text;
  std::vector<std::string> overrides = {};
  std::string place = {};   ///< with what a line of the message begins, after the file's name: "3:1: "; "": anywhere
  std::string mention = {}; ///< what the message has to contain
};

/// Derived from the schema: each key with wrong types, out of its range, outside its choices and misspelt; each section
/// misspelt and as something else than a table.
[[nodiscard]] std::vector<malformed_config> derived_malformed_configs(const config::schema& schema);

/// Written by hand: syntax, encoding, depth, size, overrides, keys in wrong places, combinations that cannot work.
[[nodiscard]] std::vector<malformed_config> written_malformed_configs();

} // namespace rhizome::tests
