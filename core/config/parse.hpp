#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "core/config/schema.hpp"

namespace rhizome::config {

/// Reads and validates a configuration. A key that is not in the text has its default.
///
/// `overrides` are the arguments of `--set`, "section.key=value", applied in order on top of the text. The value is
/// TOML, or a plain text where it is not TOML or where the key takes a text. Where an override changes a section's
/// selector, the keys in the text that belong to the variant which the text itself chose are left out, so that one file
/// serves for several variants.
///
/// Errors are of kind invalid_input: the first syntax error, or every problem of the text and the overrides, a line
/// each: "source:line:column: sentence" or "--set section.key=value: sentence". Combinations are checked when every
/// single value is right. A problem with a key that the text does not have is placed at its section's header, or at 1:1
/// without one, and says that the value is the default.
[[nodiscard]] result<document> parse(std::string_view text, std::string source_name, const schema& schema,
                                     std::span<const std::string> overrides = {});

/// The same for a file; one that cannot be read is "path: sentence", also of kind invalid_input.
[[nodiscard]] result<document> load(const std::filesystem::path& path, const schema& schema,
                                    std::span<const std::string> overrides = {});

} // namespace rhizome::config
