#pragma once

#include <string>
#include <vector>

#include "core/config/schema.hpp"

namespace CLI {
class App;
}

namespace rhizome::cli {

/// The arguments FILE and --set, which every subcommand that reads a configuration has.
struct config_argument {
  std::string file;
  std::vector<std::string> overrides;

  /// Adds both to a subcommand; the object must live as long as the subcommand.
  void add_to(CLI::App& command);

  [[nodiscard]] result<config::document> load(const config::schema& schema) const;
};

} // namespace rhizome::cli
