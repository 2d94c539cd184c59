#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "actors/sockets.hpp"
#include "core/result.hpp"

namespace rhizome::actors {

/// Whether a TCP connection to that host can be made within the time limit, found out by making and closing one, and
/// the address that has answered. CAF's own connect blocks for minutes where nothing answers, and all other connects of
/// the process behind it: ask first.
/// `host` is a name, an IPv4 or an IPv6 address. Errors are sentences without a full stop: "nobody listens at a:4711",
/// "no answer from a:4711 within 5 s", "unknown host a: ..." (invalid_input, all others failed).
[[nodiscard]] result<socket_address> can_connect(const std::string& host, std::uint16_t port,
                                                 std::chrono::milliseconds timeout);

} // namespace rhizome::actors
