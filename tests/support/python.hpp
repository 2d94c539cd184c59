#pragma once

#include <filesystem>
#include <string>

#include "tests/cli/program.hpp"
#include "tests/support/doctest.hpp"

namespace rhizome::tests {

/// Debian's Python, which finds Debian's torch: another one on the path would not.
inline constexpr const char* python = "/usr/bin/python3";

/// Fails with what to install where Python's torch is missing.
inline void require_python_torch() {
  const auto found = run_shell(std::string(python) + " -c 'import numpy, torch'", ".");
  INFO(found.output);
  REQUIRE_MESSAGE(found.code == 0, "This test needs Python's torch and numpy: apt-get install python3-torch "
                                   "python3-numpy, or scripts/setup.sh.");
}

/// Runs a program of Python in a directory, which has to end well, and returns what it prints.
inline std::string run_python(const std::string& arguments, const std::filesystem::path& directory) {
  const auto ran = run_shell(std::string(python) + " " + arguments, directory);
  CAPTURE(arguments);
  CAPTURE(ran.output);
  REQUIRE(ran.code == 0);
  return ran.output;
}

} // namespace rhizome::tests
