#pragma once

#include <functional>
#include <string>

#include "core/config/schema.hpp"

namespace CLI {
class App;
}

namespace rhizome::cli {

/// What the subcommands share. The one that was called writes its exit code here.
struct program {
  const config::schema& schema;
  int exit_code = 0;
};

/// What a run would need, as lines of text for `rhizome check`.
using estimate_function = std::function<result<std::string>(const config::document&)>;

// Each adds one subcommand, from its own file NAME_command.cpp. `app` and `shared` must live until the command line has
// been parsed.

void add_run(CLI::App& app, program& shared);
void add_check(CLI::App& app, program& shared, estimate_function estimate);
void add_explain(CLI::App& app, program& shared);
void add_list(CLI::App& app, program& shared);
void add_topology(CLI::App& app, program& shared);
void add_export(CLI::App& app, program& shared);
void add_plot(CLI::App& app, program& shared);
void add_host(CLI::App& app, program& shared);
void add_hosts(CLI::App& app, program& shared);
void add_certs(CLI::App& app, program& shared);
void add_import_ini(CLI::App& app, program& shared);

} // namespace rhizome::cli
