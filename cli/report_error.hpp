#pragma once

#include "core/result.hpp"

namespace rhizome::cli {

/// The exit code that belongs to a kind of error.
[[nodiscard]] int exit_code_of(error_kind kind);

/// Prints the error's sentences to stderr, a line each, and returns its exit code.
int report_error(const error& e);

} // namespace rhizome::cli
