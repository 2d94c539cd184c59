#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/certificate_files.hpp"
#include "tests/support/cluster.hpp"

namespace rhizome::tests {

/// Hosts on the loopback interface, without TLS or with certificates of an authority of their own.
class lent_cluster {
public:
  explicit lent_cluster(std::size_t count, bool tls = false) : tls_(tls) {
    if (tls)
      REQUIRE(cli::write_authority(directory(), days));
    for (std::size_t i = 0; i < count; ++i)
      hosts_.push_back(
          std::make_unique<lent_host>(directory(), host_start{.options = credentials("host" + std::to_string(i))}));
  }

  /// The directory of the programs.
  [[nodiscard]] const std::filesystem::path& directory() const { return scratch_.path(); }
  [[nodiscard]] const scratch_directory& scratch() const { return scratch_; }
  [[nodiscard]] lent_host& host(std::size_t i) { return *hosts_.at(i); }
  [[nodiscard]] std::size_t size() const { return hosts_.size(); }
  [[nodiscard]] std::string addresses() const {
    std::vector<const lent_host*> all;
    for (const auto& host : hosts_)
      all.push_back(host.get());
    return addresses_of(all);
  }

  /// Options that let a program of that name in; the certificate is made here.
  [[nodiscard]] std::vector<std::string> credentials(const std::string& name) const {
    if (!tls_)
      return {};
    REQUIRE(cli::write_certificate(directory(), name, days, directory()));
    const auto file = [&](const std::string& of) { return (directory() / of).string(); };
    return {"--tls-ca", file("ca.pem"), "--tls-certificate", file(name + ".pem"), "--tls-key", file(name + ".key")};
  }

  /// The arguments of `rhizome run` over all of the hosts, or over the first `count`.
  [[nodiscard]] std::vector<std::string> run_over(std::vector<std::string> arguments, std::size_t count = ~0UL) {
    if (starter_.empty())
      starter_ = credentials("starter");
    std::vector<const lent_host*> some;
    for (std::size_t i = 0; i < std::min(count, hosts_.size()); ++i)
      some.push_back(hosts_[i].get());
    arguments.insert(arguments.end(), {"--hosts", addresses_of(some)});
    arguments.insert(arguments.end(), starter_.begin(), starter_.end());
    return arguments;
  }

private:
  static constexpr int days = 2;
  bool tls_;
  scratch_directory scratch_;
  std::vector<std::string> starter_;
  std::vector<std::unique_ptr<lent_host>> hosts_;
};

} // namespace rhizome::tests
