#include "models/detail/files.hpp"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include <xxhash.h>

#include "models/runtime.hpp"

namespace rhizome::models {

namespace detail {

result<file_content> read_file(std::string_view key, const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  auto content =
      std::make_shared<std::string>(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  if (!stream.is_open() || stream.bad() || content->empty())
    return fail(error_kind::bad_data,
                "model.{} = \"{}\" cannot be read: {}. A relative path starts at the current directory, and every host "
                "of a run needs the file.",
                key, path,
                stream.is_open() ? "it is empty" : std::error_code(errno, std::generic_category()).message());
  return content;
}

} // namespace detail

result<std::uint64_t> checksum_with_files(const config::section& model, std::uint64_t checksum) {
  for (const char* key : {"path", "initial"}) {
    if (!model.has(key) || model.text(key).empty())
      continue;
    const auto content = detail::read_file(key, model.text(key));
    if (!content)
      return fail(content);
    checksum = XXH3_64bits_withSeed((*content)->data(), (*content)->size(), checksum);
  }
  return checksum;
}

} // namespace rhizome::models
