#pragma once

#include <filesystem>
#include <string>

#include <spdlog/spdlog.h>

#include "core/results/records.hpp"

namespace rhizome::cli {

/// The log file of a run, for as long as it lives. Lines are "subject verb object".
class run_log {
public:
  run_log(const std::filesystem::path& file, const std::string& level);
  run_log(const run_log&) = delete;
  run_log& operator=(const run_log&) = delete;
  ~run_log();

  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) const {
    spdlog::info(fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) const {
    spdlog::error(fmt::format(format, std::forward<Args>(args)...));
  }
};

/// Writes an event of the run to the log, from any thread.
void log_event(const results::event_record& event);

} // namespace rhizome::cli
