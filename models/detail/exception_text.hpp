#pragma once

#include <exception>
#include <string>

namespace rhizome::models::detail {

/// What went wrong, in one line without a full stop: LibTorch's messages are tracebacks and have stack traces behind
/// them.
[[nodiscard]] std::string reason_of(const std::exception& problem);

} // namespace rhizome::models::detail
