#pragma once

#include <optional>
#include <string>
#include <vector>

#include "actors/network.hpp"
#include "core/result.hpp"

namespace CLI {
class App;
}

namespace rhizome::cli {

/// The arguments --tls-ca, --tls-certificate and --tls-key.
struct tls_arguments {
  std::string authority;
  std::string certificate;
  std::string key;

  void add_to(CLI::App& command);

  /// Empty without the arguments. Errors, of kind invalid_input: not all three, or files that do not fit together.
  [[nodiscard]] result<std::optional<actors::tls_files>> files() const;
};

/// "a:4711,b:4711" as its parts.
[[nodiscard]] std::vector<std::string> split_hosts(const std::string& text);

} // namespace rhizome::cli
