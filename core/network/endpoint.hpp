#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace rhizome::network {

/// Where a process listens.
struct endpoint {
  std::string host; ///< a name, an IPv4 address, or an IPv6 address without brackets
  std::uint16_t port = 0;

  friend bool operator==(const endpoint&, const endpoint&) = default;
};

/// "a:4711", "10.0.0.1:4711" or "[::1]:4711". Port 0 is allowed: for a listener it means a free one. Errors are of kind
/// invalid_input.
[[nodiscard]] result<endpoint> parse_endpoint(std::string_view text);

/// The text that parse_endpoint reads.
[[nodiscard]] std::string to_string(const endpoint& e);

/// Whether only this machine can reach it, as far as the text says: localhost, 127.0.0.0/8, ::1. Names are not
/// resolved.
[[nodiscard]] bool is_loopback(const endpoint& e);

} // namespace rhizome::network
