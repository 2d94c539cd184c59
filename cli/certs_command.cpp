#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/certificate_files.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/report_error.hpp"

namespace rhizome::cli {

namespace {

constexpr int longest_days = 36'500;

struct certs_arguments {
  std::string directory;
  std::string name;
  std::string target; ///< of issue; empty: the authority's directory
  int authority_days = 3650;
  int days = 365;
};

int report(const result<credential_files>& files, const char* hint) {
  if (!files)
    return report_error(files.error());
  fmt::print("{}\n{}\n{}\n", files->certificate.string(), files->key.string(), hint);
  return exit_done;
}

int init(const certs_arguments& arguments) {
  return report(write_authority(arguments.directory, arguments.authority_days),
                "The key signs whoever is to belong to the cluster: it stays here, ca.pem goes to every host.");
}

int issue(const certs_arguments& arguments) {
  return report(write_certificate(arguments.directory, arguments.name, arguments.days,
                                  arguments.target.empty() ? arguments.directory : arguments.target),
                "Both go to that host, with ca.pem.");
}

} // namespace

void add_certs(CLI::App& app, program& shared) {
  auto* command = app.add_subcommand("certs", "Make the certificates that the hosts of a cluster know each other by");
  command->footer("  rhizome certs init cluster-ca\n"
                  "  rhizome certs issue cluster-ca node1.example.org\n"
                  "  rhizome certs issue cluster-ca 10.0.0.2 --days 30 -o node2");
  command->require_subcommand(1);
  auto arguments = std::make_shared<certs_arguments>();

  auto* authority = command->add_subcommand("init", "Make an authority: DIR/ca.pem and DIR/ca.key");
  authority->add_option("DIR", arguments->directory, "Where it is kept")->required();
  authority->add_option("--days", arguments->authority_days, "Days that it is valid for")
      ->check(CLI::Range(1, longest_days))
      ->capture_default_str();
  authority->callback([arguments, &shared] { shared.exit_code = init(*arguments); });

  auto* certificate = command->add_subcommand("issue", "Issue NAME.pem and NAME.key to one machine");
  certificate->add_option("DIR", arguments->directory, "The directory of the authority")->required();
  certificate->add_option("NAME", arguments->name, "The machine's DNS name or address")->required();
  certificate->add_option("--days", arguments->days, "Days that it is valid for")
      ->check(CLI::Range(1, longest_days))
      ->capture_default_str();
  certificate->add_option("-o,--output", arguments->target, "Write to this directory instead of DIR");
  certificate->callback([arguments, &shared] { shared.exit_code = issue(*arguments); });
}

} // namespace rhizome::cli
