#pragma once

#include <string>
#include <utility>

#include <fmt/format.h>
#include <tl/expected.hpp>

namespace rhizome {

/// What kind of thing went wrong: it decides the exit code of the program.
enum class error_kind {
  invalid_input, ///< the user's file, argument or combination is wrong: exit code 2, nothing was started
  bad_data,      ///< a data set is missing, truncated or corrupt: exit code 2
  failed,        ///< the run or an operation failed: exit code 1, what was done is kept
};

/// A kind and one or more whole sentences (several are separated by new lines).
struct error {
  error_kind kind = error_kind::failed;
  std::string message;
};

/// A value or an error. Pure code returns it; exceptions are for broken invariants.
template <class T>
using result = tl::expected<T, error>;

/// `return fail(error_kind::bad_data, "{} is empty", path);`
template <class... Args>
[[nodiscard]] tl::unexpected<error> fail(error_kind kind, fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected<error>(error{kind, fmt::format(format, std::forward<Args>(args)...)});
}

/// Hands on the error of another result.
template <class T>
[[nodiscard]] tl::unexpected<error> fail(const result<T>& other) {
  return tl::unexpected<error>(other.error());
}

} // namespace rhizome
