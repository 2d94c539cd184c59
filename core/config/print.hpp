#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/schema.hpp"

namespace rhizome::config {

/// The resolved configuration as TOML: every key of every section in the schema's order, with its unit as a comment.
/// Parsing it again gives exactly the same document.
[[nodiscard]] std::string to_toml(const document& doc, const schema& schema);

/// What a topic means: "section", "section.key" or "section.variant", such as "topology.degree". An unknown topic is
/// an error of kind invalid_input that names the nearest one.
[[nodiscard]] result<std::string> explain(const schema& schema, std::string_view topic);

/// docs/reference.md: every section, variant and key as Markdown.
[[nodiscard]] std::string reference(const schema& schema);

/// What does not change the results of a run: left out of its hash.
[[nodiscard]] std::vector<std::string> keys_without_effect();

/// The first 8 hex digits of the XXH3 hash over the resolved values: the same for two files that mean the same run.
/// `without` names keys ("runtime.threads") and whole sections ("cluster") that are left out.
[[nodiscard]] std::string config_hash(const document& doc, const schema& schema,
                                      std::span<const std::string> without = keys_without_effect());

} // namespace rhizome::config
