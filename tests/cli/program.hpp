#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <sys/wait.h>

#include <nlohmann/json.hpp>

#include "tests/support/doctest.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace rhizome::tests {

/// A new directory under the system's temporary one; it goes with the object.
class scratch_directory {
public:
  scratch_directory() {
    std::string name = std::filesystem::temp_directory_path() / "rhizome-XXXXXX";
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~scratch_directory() { std::filesystem::remove_all(path_); }
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// Writes a file and returns its name, relative to the directory.
  std::string write(const std::string& name, std::string_view bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return name;
  }

private:
  std::filesystem::path path_;
};

/// The options of a process of the real `rhizome`.
inline process_options rhizome_process(const std::vector<std::string>& arguments,
                                       const std::filesystem::path& directory) {
  return {.program = build_directory() + "/bin/rhizome", .arguments = arguments, .directory = directory};
}

/// What a program printed, stdout and stderr together, and its exit code; -1 if its time was over, above 128 if a
/// signal ended it.
struct outcome {
  int code = -1;
  std::string output;
};

/// A text as one word of the shell's language.
inline std::string in_quotes(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text)
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

/// Runs a command line of /bin/sh in a directory.
inline outcome run_shell(const std::string& command, const std::filesystem::path& directory) {
  auto* pipe = popen(("exec 2>&1; cd " + in_quotes(directory.string()) + " && " + command).c_str(), "r");
  REQUIRE(pipe != nullptr);
  outcome result;
  std::array<char, 4096> buffer;
  while (const auto count = std::fread(buffer.data(), 1, buffer.size(), pipe))
    result.output.append(buffer.data(), count);
  const int status = pclose(pipe);
  if (WIFEXITED(status))
    result.code = WEXITSTATUS(status);
  return result;
}

/// Runs the real `rhizome` in a directory.
inline outcome run_rhizome(const std::vector<std::string>& arguments, const std::filesystem::path& directory) {
  process program(rhizome_process(arguments, directory));
  const int code = program.wait().value_or(-1);
  return {code, program.output()};
}

/// Runs an experiment to its end, which has to be a good one, and returns its `--json` summary.
inline nlohmann::json run_experiment(std::vector<std::string> arguments, const std::filesystem::path& directory) {
  arguments.insert(arguments.begin(), "run");
  arguments.insert(arguments.end(), {"--json", "--quiet"});
  const auto ran = run_rhizome(arguments, directory);
  CAPTURE(ran.output);
  REQUIRE(ran.code == 0);
  return nlohmann::json::parse(ran.output);
}

/// The largest k of the "round k/" on a progress line, 0 if there is none.
inline std::uint32_t last_round_shown(std::string_view progress) {
  std::uint32_t last = 0;
  constexpr std::string_view word = "round ";
  for (auto at = progress.find(word); at != progress.npos; at = progress.find(word, at + 1)) {
    const auto slash = progress.find('/', at);
    if (slash != progress.npos) // what comes after the last one may not have arrived whole
      last = std::max(last, static_cast<std::uint32_t>(std::stoul(std::string(progress.substr(at + word.size())))));
  }
  return last;
}

} // namespace rhizome::tests
