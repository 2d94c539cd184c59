#pragma once

namespace rhizome::cli {

/// What the program tells its caller.
inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;      ///< the run or the operation failed; what was done is kept
inline constexpr int exit_wrong_input = 2; ///< a file, an argument or data is wrong; nothing was started
inline constexpr int exit_interrupted = 130;

} // namespace rhizome::cli
