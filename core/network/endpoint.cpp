#include "core/network/endpoint.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "core/config/describe.hpp"

namespace rhizome::network {

namespace {

constexpr std::size_t longest_name = 253; // RFC 1035

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::optional<in_addr> ipv4(const std::string& host) {
  in_addr address{};
  if (inet_pton(AF_INET, host.c_str(), &address) == 1)
    return address;
  return std::nullopt;
}

std::optional<in6_addr> ipv6(const std::string& host) {
  in6_addr address{};
  if (inet_pton(AF_INET6, host.c_str(), &address) == 1)
    return address;
  return std::nullopt;
}

/// Letters, digits, '-' and '_', with single dots between.
bool is_name(std::string_view host) {
  if (host.empty() || host.size() > longest_name || host.front() == '.' || host.back() == '.' || host.front() == '-' ||
      host.find("..") != std::string_view::npos)
    return false;
  return std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' || c == '_' || c == '.';
  });
}

/// A name whose last part is a number is taken for an address by every resolver, so it has to be one.
bool looks_like_ipv4(std::string_view host) {
  const auto last = host.substr(host.rfind('.') + 1); // npos + 1 is 0
  return std::ranges::all_of(last, is_digit);
}

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data(), end, port);
  if (failed != std::errc() || rest != end)
    return std::nullopt;
  return port;
}

} // namespace

result<endpoint> parse_endpoint(std::string_view text) {
  const auto refuse = [text](std::string_view why) {
    return fail(error_kind::invalid_input, "{} is not an address: {}", config::quoted(text), why);
  };
  const auto colon = text.rfind(':');
  const bool bracketed = text.starts_with('[');
  if (colon == std::string_view::npos || (bracketed && text[colon - 1] != ']'))
    return refuse("expected HOST:PORT, such as \"a:4711\", \"10.0.0.1:4711\" or \"[::1]:4711\"");
  const auto port = port_of(text.substr(colon + 1));
  if (!port)
    return refuse("the port behind the last colon is a number from 0 to 65535");
  auto host = std::string(text.substr(0, colon));
  if (bracketed) {
    host = host.substr(1, host.size() - 2);
    if (!ipv6(host))
      return refuse("between brackets stands an IPv6 address, such as \"[::1]:4711\"");
  } else if (host.find(':') != std::string::npos) {
    return refuse("an IPv6 address stands in brackets, such as \"[::1]:4711\"");
  } else if (!is_name(host)) {
    return refuse("the host is a name of letters, digits, '-', '_' and '.', or an IP address");
  } else if (looks_like_ipv4(host) && !ipv4(host)) {
    return refuse("an IPv4 address has four numbers from 0 to 255, such as \"10.0.0.1:4711\"");
  }
  return endpoint{std::move(host), *port};
}

std::string to_string(const endpoint& e) {
  const bool is_ipv6 = e.host.find(':') != std::string::npos;
  return is_ipv6 ? fmt::format("[{}]:{}", e.host, e.port) : fmt::format("{}:{}", e.host, e.port);
}

bool is_loopback(const endpoint& e) {
  if (const auto address = ipv4(e.host))
    return ntohl(address->s_addr) >> 24 == 127;
  if (const auto address = ipv6(e.host))
    return std::ranges::equal(address->s6_addr, in6addr_loopback.s6_addr);
  return std::ranges::equal(e.host, std::string_view("localhost"),
                            [](char a, char b) { return a == b || (a >= 'A' && a <= 'Z' && a - 'A' + 'a' == b); });
}

} // namespace rhizome::network
