#pragma once

#include <csignal>

namespace rhizome::cli {

/// Counts SIGINT and SIGTERM while it lives; one at a time.
class interrupt_guard {
public:
  interrupt_guard();
  interrupt_guard(const interrupt_guard&) = delete;
  interrupt_guard& operator=(const interrupt_guard&) = delete;
  ~interrupt_guard();

  /// How many there were so far. From any thread.
  [[nodiscard]] static unsigned count();

private:
  struct sigaction old_int_ {};
  struct sigaction old_term_ {};
};

} // namespace rhizome::cli
