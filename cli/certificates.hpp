#pragma once

#include <string>

#include "core/result.hpp"

namespace rhizome::cli {

// A cluster's own certificate authority and what it signs, as texts in PEM. Keys are EC P-256. The hosts of a cluster
// trust whoever has a certificate of their authority: a public one would let in anybody whom it has certified.

/// A certificate and its private key (PKCS #8, not encrypted).
struct credentials {
  std::string certificate;
  std::string key;
};

/// A new authority: a self-signed certificate that may sign others, but no further authorities. Each has a name of its
/// own, so that two clusters' cannot be mistaken for one another.
[[nodiscard]] result<credentials> make_authority(int days);

/// Whether a certificate can be issued to that name: an IPv4 or IPv6 address or a DNS name of at most 64 characters.
/// Else a sentence.
[[nodiscard]] result<void> check_name(const std::string& name);

/// A certificate for one machine, as server and as client, signed by the authority; `name` is its subject alternative
/// name. It is valid from an hour ago, for clocks differ, and for that number of days.
[[nodiscard]] result<credentials> issue_certificate(const credentials& authority, const std::string& name, int days);

/// Whether a host with these credentials would be let in by the hosts that trust this authority now: signed by it, not
/// expired, usable on both sides of a connection, and the key belongs to the certificate. Else a sentence.
[[nodiscard]] result<void> check_credentials(const std::string& authority_certificate, const credentials& own);

} // namespace rhizome::cli
