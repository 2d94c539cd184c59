#include "core/results/directory.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/results/store.hpp"

namespace rhizome::results {

namespace fs = std::filesystem;

std::string run_id(const fs::path& directory) {
  const auto path = fs::absolute(directory).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

result<directory_lock> directory_lock::take(const fs::path& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor >= 0 && ::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    ::close(descriptor);
    return fail(error_kind::invalid_input, "A run that is still going on writes into {}.", directory.string());
  }
  return directory_lock(descriptor);
}

directory_lock::directory_lock(directory_lock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

directory_lock& directory_lock::operator=(directory_lock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

directory_lock::~directory_lock() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
}

namespace {

/// What stands where a new run wants to go.
struct occupant {
  enum class kind {
    none,      ///< nothing, or an empty directory
    worthless, ///< a run that ended before it recorded a round
    run,       ///< a run with results, whatever its status
    active,    ///< a run that is going on
    foreign,   ///< files that no run wrote
  };
  kind what = kind::none;
  std::string detail = {}; ///< run: its status; foreign: one of the files
};

/// A run's own files; SQLite keeps a journal beside the store.
bool is_run_file(const fs::path& path) {
  constexpr std::array names{config_file,  log_file,    model_file,   "checkpoints",
                             "rounds.csv", "nodes.csv", "events.csv", "histograms.csv"};
  const auto name = path.filename().string();
  return name.starts_with(store_file) || std::find(names.begin(), names.end(), name) != names.end();
}

occupant look_at_store(const fs::path& directory) {
  using enum occupant::kind;
  const auto opened = store::open(directory);
  if (!opened)
    return {run, "unreadable"};
  const auto metadata = opened->run();
  const auto rounds = opened->rounds();
  if (!metadata || !rounds)
    return {run, "unreadable"};
  if (metadata->status != "done" && rounds->empty())
    return {worthless};
  return {run, metadata->status == "running" ? "killed" : metadata->status};
}

occupant look_at(const fs::path& directory) {
  using enum occupant::kind;
  if (!fs::exists(fs::symlink_status(directory)))
    return {none};
  if (!fs::is_directory(directory))
    return {foreign, directory.string()};
  if (fs::is_empty(directory))
    return {none};
  if (!directory_lock::take(directory))
    return {active};
  const auto found = fs::exists(directory / store_file) ? look_at_store(directory) : occupant{worthless};
  if (found.what == worthless)
    for (const auto& entry : fs::directory_iterator(directory))
      if (!is_run_file(entry.path()))
        return {foreign, entry.path().string()};
  return found;
}

result<fs::path> make_empty(const fs::path& directory) {
  fs::remove_all(directory);
  fs::create_directories(directory);
  return directory;
}

result<fs::path> use_or_refuse(const fs::path& directory, bool force) {
  using enum occupant::kind;
  const auto found = look_at(directory);
  switch (found.what) {
  case none:
    fs::create_directories(directory);
    return directory;
  case worthless:
    return make_empty(directory);
  case run:
    if (force)
      return make_empty(directory);
    return fail(
        error_kind::invalid_input,
        "{} already has a run of this configuration ({}): --force replaces it, --again keeps it and makes a new "
        "directory.",
        directory.string(), found.detail);
  case active:
    return fail(error_kind::invalid_input,
                "A run that is still going on writes into {}: wait for its end, or start a second one with --again.",
                directory.string());
  case foreign:
    break;
  }
  return fail(error_kind::invalid_input,
              "{} is where the results would go, but no run wrote {}: move it away, or choose another place with -o.",
              directory.string(), found.detail);
}

/// The first of directory, directory-2, directory-3 ... without a run.
result<fs::path> first_free(const fs::path& directory) {
  using enum occupant::kind;
  auto candidate = directory;
  for (int i = 2; look_at(candidate).what != none && look_at(candidate).what != worthless; ++i)
    candidate = directory.string() + "-" + std::to_string(i);
  return use_or_refuse(candidate, false);
}

} // namespace

result<fs::path> prepare_directory(const fs::path& root, std::string_view name, std::string_view hash, bool force,
                                   bool again) {
  if (force && again)
    return fail(error_kind::invalid_input, "--force replaces the old run and --again keeps it: give one of them.");
  if (name.empty() || name.front() == '.' || name.find_first_of(std::string_view("/\0", 2)) != name.npos)
    return fail(
        error_kind::invalid_input,
        "experiment.name \"{}\" cannot be part of a directory's name: it may neither be empty, start with a dot "
        "nor contain a slash.",
        name);
  const auto directory = root / fmt::format("{}-{}", name, hash);
  try {
    return again ? first_free(directory) : use_or_refuse(directory, force);
  } catch (const fs::filesystem_error& e) {
    return fail(error_kind::failed, "Cannot prepare the directory {}: {}.", directory.string(), e.code().message());
  }
}

result<void> write_file(const fs::path& path, std::string_view content) {
  auto partial = path;
  partial += ".partial";
  errno = 0;
  std::ofstream file(partial, std::ios::binary | std::ios::trunc);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  std::error_code code(errno, std::generic_category());
  if (file) {
    fs::rename(partial, path, code);
    if (!code)
      return {};
  }
  std::error_code ignored;
  fs::remove(partial, ignored);
  return fail(error_kind::failed, "Cannot write {}: {}.", path.string(), code.message());
}

} // namespace rhizome::results
