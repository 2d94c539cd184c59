#include "cli/cluster_arguments.hpp"

#include <fstream>
#include <sstream>

#include <CLI/CLI.hpp>

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
  if (const auto readable = check_files(files); !readable)
    return fail(readable);
  return files;
}

result<void> check_files(const actors::tls_files& files) {
  for (const auto& file : {files.authority, files.certificate, files.key})
    if (!std::ifstream(file).good())
      return fail(error_kind::invalid_input,
                  "{} cannot be read; `rhizome certs init` and `rhizome certs issue` make such files.", file);
  return {};
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
