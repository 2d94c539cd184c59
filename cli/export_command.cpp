#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/report_error.hpp"
#include "core/results/export.hpp"

namespace rhizome::cli {

namespace {

struct export_arguments {
  std::string directory;
  std::string out;
};

int export_run(const export_arguments& arguments) {
  const auto written =
      results::export_csv(arguments.directory, arguments.out.empty() ? arguments.directory : arguments.out);
  if (!written)
    return report_error(written.error());
  for (const auto& file : *written)
    fmt::print("{}\n", file.string());
  return exit_done;
}

} // namespace

void add_export(CLI::App& app, program& shared) {
  const auto arguments = std::make_shared<export_arguments>();
  auto* command = app.add_subcommand("export", "Write the results of a run as CSV files");
  command->add_option("DIR", arguments->directory, "The run's directory, such as runs/NAME-HASH")->required();
  command->add_flag("--csv")->required()->description("rounds.csv, nodes.csv, events.csv and histograms.csv");
  command->add_option("-o,--out", arguments->out, "The directory for the files (default: DIR)");
  command->callback([arguments, &shared] { shared.exit_code = export_run(*arguments); });
}

} // namespace rhizome::cli
