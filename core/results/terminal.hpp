#pragma once

#include <cstddef>
#include <optional>

namespace rhizome::results {

/// Size of a terminal in characters.
struct terminal_size {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

/// The size of the terminal behind a file descriptor (1: standard output, 2: standard error); none if it is a file or a
/// pipe. A terminal that does not know its size counts as 80 x 24.
[[nodiscard]] std::optional<terminal_size> find_terminal(int descriptor);

} // namespace rhizome::results
