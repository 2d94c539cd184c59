#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace rhizome::models::detail {

/// What stands in a file that [model] names, shared by all who read it.
using file_content = std::shared_ptr<const std::string>;

/// The content of the file that `model.KEY` names. Errors: bad_data, in a sentence that names key and file.
[[nodiscard]] result<file_content> read_file(std::string_view key, const std::string& path);

} // namespace rhizome::models::detail
