#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace rhizome::results {

// The files of a run's directory.
inline constexpr const char* config_file = "config.toml"; ///< resolved, rerunnable
inline constexpr const char* store_file = "results.sqlite";
inline constexpr const char* log_file = "log.txt";
inline constexpr const char* model_file = "model.pt"; ///< the average model

/// The last part of a run's directory, "<name>-<hash>": what tells runs apart.
[[nodiscard]] std::string run_id(const std::filesystem::path& directory);

/// Says that a process writes into a run's directory, so that a second run does not replace what is being written. It
/// is a lock on the directory itself (flock): no file is left behind, and the system releases it when the process dies,
/// however it dies. Where the file system has no such locks, taking one always succeeds.
class directory_lock {
public:
  /// An error if another process (or another lock of this one) has the directory.
  static result<directory_lock> take(const std::filesystem::path& directory);

  directory_lock(directory_lock&& other) noexcept;
  directory_lock& operator=(directory_lock&& other) noexcept;
  ~directory_lock();

private:
  explicit directory_lock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

/// Creates the directory of a new run, root/<name>-<hash>, and returns it. No result is ever lost silently. If the
/// directory exists already:
/// - empty, or its run ended before the first round was recorded: it is used again, emptied first;
/// - it has a finished, failed, interrupted or killed run with results: refused with a sentence that names the ways on,
///   unless `force` (the old run is deleted) or `again` (root/<name>-<hash>-2, -3 ... is created instead);
/// - its run is still going on: refused, unless `again`;
/// - it has files that no run wrote: refused, even with `force`.
/// `force` and `again` together are refused.
[[nodiscard]] result<std::filesystem::path> prepare_directory(const std::filesystem::path& root, std::string_view name,
                                                              std::string_view hash, bool force, bool again);

/// Writes a whole file, replacing it. It is written beside and renamed, so that a full disk leaves no half file.
[[nodiscard]] result<void> write_file(const std::filesystem::path& path, std::string_view content);

} // namespace rhizome::results
