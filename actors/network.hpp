#pragma once

#include <optional>
#include <string>

namespace rhizome::actors {

/// The PEM files of mutual TLS: everybody shows a certificate of the cluster's own authority.
struct tls_files {
  std::string authority;   ///< the authority's certificate
  std::string certificate; ///< this machine's
  std::string key;         ///< and its private key
};

/// Whether and how this process speaks with others.
struct network_options {
  bool enabled = false; ///< without it CAF's network layer is not even loaded
  std::optional<tls_files> tls;
};

} // namespace rhizome::actors
