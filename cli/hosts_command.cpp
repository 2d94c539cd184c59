#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "actors/serve.hpp"
#include "cli/cluster_arguments.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/hosts_table.hpp"
#include "cli/report_error.hpp"

namespace rhizome::cli {

namespace {

struct hosts_arguments {
  std::string hosts;
  tls_arguments tls;
  double patience = 5;
  bool json = false;
};

int ask(const hosts_arguments& arguments) {
  const auto tls = arguments.tls.files();
  if (!tls)
    return report_error(tls.error());
  const auto names = split_hosts(arguments.hosts);
  const auto answers =
      actors::ask_hosts(names, *tls, std::chrono::milliseconds(static_cast<long>(arguments.patience * 1e3)));
  std::vector<host_answer> hosts;
  bool all = true;
  for (std::size_t i = 0; i < names.size(); ++i) {
    hosts.push_back({names[i], answers[i]});
    all = all && answers[i].has_value();
  }
  std::fputs((arguments.json ? to_json(hosts) : to_table(hosts)).c_str(), stdout);
  return all ? exit_done : exit_failed;
}

} // namespace

void add_hosts(CLI::App& app, program& shared) {
  auto* command = app.add_subcommand("hosts", "Show what lent machines are doing: load, memory, links");
  command->footer("  rhizome hosts a:4711,b:4711\n"
                  "Exit code 1 where one of them does not answer.");
  auto arguments = std::make_shared<hosts_arguments>();
  command->add_option("HOSTS", arguments->hosts, "Where they listen: a:4711,b:4711")->required();
  arguments->tls.add_to(*command);
  command->add_option("--patience", arguments->patience, "Seconds to wait for each")->capture_default_str();
  command->add_flag("--json", arguments->json, "Print JSON");
  command->callback([arguments, &shared] { shared.exit_code = ask(*arguments); });
}

} // namespace rhizome::cli
