#include "cli/cluster_arguments.hpp"

#include <sstream>

#include <CLI/CLI.hpp>

#include "cli/certificate_files.hpp"

namespace rhizome::cli {

void tls_arguments::add_to(CLI::App& command) {
  command.add_option("--tls-ca", authority, "The cluster's authority: ca.pem of `rhizome certs init`");
  command.add_option("--tls-certificate", certificate, "This machine's certificate: NAME.pem of `rhizome certs issue`");
  command.add_option("--tls-key", key, "Its private key: NAME.key");
}

result<std::optional<actors::tls_files>> tls_arguments::files() const {
  if (authority.empty() && certificate.empty() && key.empty())
    return std::nullopt;
  if (authority.empty() || certificate.empty() || key.empty())
    return fail(error_kind::invalid_input, "TLS needs all three of --tls-ca, --tls-certificate and --tls-key.");
  actors::tls_files files{authority, certificate, key};
  if (const auto usable = check_tls_files(authority, certificate, key); !usable)
    return fail(usable);
  return files;
}

std::vector<std::string> split_hosts(const std::string& text) {
  std::vector<std::string> hosts;
  std::istringstream parts(text);
  for (std::string host; std::getline(parts, host, ',');)
    if (!host.empty())
      hosts.push_back(host);
  return hosts;
}

} // namespace rhizome::cli
