#include "core/results/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

namespace rhizome::results {

std::optional<terminal_size> find_terminal(int descriptor) {
  if (::isatty(descriptor) == 0)
    return std::nullopt;
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
    return terminal_size{};
  return terminal_size{size.ws_col, size.ws_row};
}

} // namespace rhizome::results
