#include "cli/config_argument.hpp"

#include <CLI/CLI.hpp>

#include "core/config/parse.hpp"

namespace rhizome::cli {

void config_argument::add_to(CLI::App& command) {
  command.add_option("FILE", file, "The experiment's TOML file")->required();
  command.add_option("--set", overrides, "Override a key, such as --set topology.degree=4; as often as needed")
      ->type_name("SECTION.KEY=VALUE")
      ->allow_extra_args(false);
}

result<config::document> config_argument::load(const config::schema& schema) const {
  return config::load(file, schema, overrides);
}

} // namespace rhizome::cli
