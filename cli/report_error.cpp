#include "cli/report_error.hpp"

#include <cstdio>

#include "cli/exit_code.hpp"

namespace rhizome::cli {

int exit_code_of(error_kind kind) {
  switch (kind) {
  case error_kind::invalid_input:
  case error_kind::bad_data:
    return exit_wrong_input;
  case error_kind::failed:
    return exit_failed;
  }
  return exit_failed;
}

int report_error(const error& e) {
  std::fprintf(stderr, "%s\n", e.message.c_str());
  return exit_code_of(e.kind);
}

} // namespace rhizome::cli
