#include "models/detail/exception_text.hpp"

#include <string_view>

namespace rhizome::models::detail {

std::string reason_of(const std::exception& problem) {
  constexpr std::string_view python = "RuntimeError: "; // TorchScript's tracebacks end like Python's
  std::string_view text = problem.what();
  if (const auto found = text.rfind(python); found != text.npos)
    text.remove_prefix(found + python.size());
  text = text.substr(0, text.find('\n'));
  while (text.ends_with('.') || text.ends_with(' '))
    text.remove_suffix(1);
  return std::string(text);
}

} // namespace rhizome::models::detail
