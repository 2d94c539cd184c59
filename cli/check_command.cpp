#include <cstdio>
#include <memory>
#include <sstream>

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/config_argument.hpp"
#include "cli/exit_code.hpp"
#include "cli/report_error.hpp"
#include "core/config/print.hpp"

namespace rhizome::cli {

namespace {

/// The lines as TOML comments, so that all that `check` prints is a configuration again.
std::string as_comment(const std::string& text) {
  std::istringstream lines(text);
  std::string out;
  for (std::string line; std::getline(lines, line);)
    out += line.empty() ? "#\n" : "# " + line + "\n";
  return out;
}

int check(const config_argument& argument, const config::schema& schema, const estimate_function& estimate) {
  const auto doc = argument.load(schema);
  if (!doc)
    return report_error(doc.error());
  const auto needs = estimate ? estimate(*doc) : result<std::string>();
  if (!needs)
    return report_error(needs.error());
  std::fputs(config::to_toml(*doc, schema).c_str(), stdout);
  if (!needs->empty())
    std::fputs(("\n" + as_comment(*needs)).c_str(), stdout);
  return exit_done;
}

} // namespace

void add_check(CLI::App& app, program& shared, estimate_function estimate) {
  auto* command = app.add_subcommand("check", "Print the resolved configuration and what the run would need");
  command->footer("Nothing is started. The output is a complete configuration that can be run:\n"
                  "  rhizome check configs/quickstart.toml\n"
                  "  rhizome check configs/quickstart.toml --set experiment.nodes=256 > larger.toml");
  auto argument = std::make_shared<config_argument>();
  argument->add_to(*command);
  command->callback([argument, &shared, estimate = std::move(estimate)] {
    shared.exit_code = check(*argument, shared.schema, estimate);
  });
}

} // namespace rhizome::cli
