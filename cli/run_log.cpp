#include "cli/run_log.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/null_sink.h>

namespace rhizome::cli {

run_log::run_log(const std::filesystem::path& file, const std::string& level) {
  try {
    auto logger = std::make_shared<spdlog::logger>(
        "rhizome", std::make_shared<spdlog::sinks::basic_file_sink_mt>(file.string(), true));
    logger->set_level(spdlog::level::from_str(level));
    logger->flush_on(spdlog::level::info);
    spdlog::set_default_logger(std::move(logger));
  } catch (const spdlog::spdlog_ex& e) { // a run is worth more than its log
    std::fprintf(stderr, "rhizome: no log is written: %s\n", e.what());
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("rhizome", std::make_shared<spdlog::sinks::null_sink_mt>()));
  }
}

run_log::~run_log() {
  spdlog::shutdown();
}

void log_event(const results::event_record& event) {
  spdlog::info("{:.3f} s, {}: {}", event.seconds, event.kind, event.text);
}

} // namespace rhizome::cli
