#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/estimate.hpp"
#include "cli/exit_code.hpp"
#include "cli/schema.hpp"
#include "models/process_setup.hpp"

namespace {

using namespace rhizome;

void add_commands(CLI::App& app, cli::program& shared) {
  cli::add_run(app, shared);
  cli::add_check(app, shared, cli::estimate);
  cli::add_explain(app, shared);
  cli::add_list(app, shared);
  cli::add_topology(app, shared);
  cli::add_export(app, shared);
  cli::add_plot(app, shared);
  cli::add_host(app, shared);
  cli::add_hosts(app, shared);
  cli::add_certs(app, shared);
  cli::add_import_ini(app, shared);
}

int run(int argc, char** argv) {
  CLI::App app("Rhizome runs decentralized learning experiments: thousands of nodes, one TOML file.", "rhizome");
  app.footer("Examples:\n"
             "  rhizome run configs/quickstart.toml\n"
             "  rhizome run configs/quickstart.toml --set topology.degree=4\n"
             "  rhizome explain topology.degree\n"
             "  rhizome list models\n"
             "Exit codes: 0 done, 1 failed, 2 wrong input (nothing was started), 130 interrupted.");
  app.set_version_flag("--version", "rhizome " RHIZOME_VERSION);
  app.require_subcommand(0, 1); // 1 would answer a misspelt one with "a subcommand is required"
  cli::program shared{cli::full_schema()};
  add_commands(app, shared);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) { // also thrown by --help and --version, with code 0
    return app.exit(e) == 0 ? cli::exit_done : cli::exit_wrong_input;
  }
  if (app.get_subcommands().empty()) {
    std::fputs(app.help().c_str(), stderr);
    return cli::exit_wrong_input;
  }
  return shared.exit_code;
}

} // namespace

int main(int argc, char** argv) {
  try {
    rhizome::models::prepare_process();
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "rhizome failed unexpectedly: %s\n", e.what());
    return cli::exit_failed;
  }
}
