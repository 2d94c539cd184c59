#include "core/config/parse.hpp"

#include <cerrno>
#include <fstream>
#include <system_error>

#include "core/config/toml_text.hpp"
#include "core/config/validator.hpp"

namespace rhizome::config {

namespace {

/// At most one byte more than a file may have, so that neither a large file nor an endless device fills memory.
result<std::string> read_text(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    return fail(error_kind::invalid_input, "{}: this is a directory; expected a TOML file", path.string());
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return fail(error_kind::invalid_input, "{}: cannot be read: {}", path.string(),
                std::generic_category().message(errno));
  std::string text(largest_file + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad())
    return fail(error_kind::invalid_input, "{}: reading failed: {}", path.string(),
                std::generic_category().message(errno));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

} // namespace

result<document> parse(std::string_view text, std::string source_name, const schema& schema,
                       std::span<const std::string> overrides) {
  const auto entries = read_toml(text, source_name);
  if (!entries)
    return fail(entries);
  validator v(schema, std::move(source_name), overrides);
  return v.run(*entries);
}

result<document> load(const std::filesystem::path& path, const schema& schema, std::span<const std::string> overrides) {
  const auto text = read_text(path);
  if (!text)
    return fail(text);
  return parse(*text, path.string(), schema, overrides);
}

} // namespace rhizome::config
