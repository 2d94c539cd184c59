#include "cli/machine.hpp"

#include <fstream>
#include <string>
#include <thread>

#include <caf/config.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "models/process_setup.hpp"

namespace rhizome::cli {

namespace {

/// The value of the first line "name : value" of a file under /proc.
std::string proc_value(const char* file, const std::string& name) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(name))
      if (const auto colon = line.find(':'); colon != line.npos)
        return line.substr(std::min(line.find_first_not_of(" \t", colon + 1), line.size()));
  return "unknown";
}

} // namespace

std::string describe_versions() {
  return fmt::format("rhizome {}, CAF {}.{}.{}, LibTorch {}", RHIZOME_VERSION, CAF_VERSION / 10000,
                     CAF_VERSION / 100 % 100, CAF_VERSION % 100, models::libtorch_version());
}

actors::build_identity describe_build() {
  return {RHIZOME_VERSION,
          fmt::format("CAF {}.{}.{}, LibTorch {}, {}", CAF_VERSION / 10000, CAF_VERSION / 100 % 100, CAF_VERSION % 100,
                      models::libtorch_version(), models::blas_version()),
          models::instruction_set()};
}

std::string describe_machine() {
  char host[256] = "unknown";
  gethostname(host, sizeof host - 1);
  return fmt::format("{}: {}, {} cores, {}", host, proc_value("/proc/cpuinfo", "model name"),
                     std::thread::hardware_concurrency(), proc_value("/proc/meminfo", "MemTotal"));
}

} // namespace rhizome::cli
