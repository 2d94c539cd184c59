#include "core/network/endpoint.hpp"

#include <string>

#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::network;

namespace {

/// What is wrong with the text, behind its name.
std::string problem(const std::string& text) {
  const auto parsed = parse_endpoint(text);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().kind == error_kind::invalid_input);
  const auto start = "\"" + text + "\" is not an address: ";
  REQUIRE(parsed.error().message.starts_with(start));
  return parsed.error().message.substr(start.size());
}

bool loopback(const std::string& host) {
  return is_loopback({host, 4711});
}

} // namespace

TEST_CASE("names, IPv4 and IPv6 addresses with a port are endpoints, and print as they read") {
  CHECK(parse_endpoint("a:4711") == endpoint{"a", 4711});
  CHECK(parse_endpoint("10.0.0.1:4711") == endpoint{"10.0.0.1", 4711});
  CHECK(parse_endpoint("[::1]:4711") == endpoint{"::1", 4711});
  CHECK(parse_endpoint("[fe80::a:b]:1") == endpoint{"fe80::a:b", 1});
  CHECK(parse_endpoint("node-7.cluster_b.example.org:65535") == endpoint{"node-7.cluster_b.example.org", 65535});
  CHECK(parse_endpoint("127.0.0.1:0") == endpoint{"127.0.0.1", 0});
  for (const std::string text : {"a:4711", "10.0.0.1:4711", "[::1]:4711"})
    CHECK(to_string(*parse_endpoint(text)) == text);
}

TEST_CASE("what is no endpoint is refused with a sentence that says why") {
  const std::string form = "expected HOST:PORT, such as \"a:4711\", \"10.0.0.1:4711\" or \"[::1]:4711\"";
  for (const std::string text : {"", "a", "10.0.0.1", "[::1]", "[:4711", "[", "[::1:4711"})
    CHECK(problem(text) == form);
  for (const std::string text : {"a:", "a:b", "a:65536", "a:-1", "a:+1", "a: 1", "a:1 ", "a:0x10", "[::1]:"})
    CHECK(problem(text) == "the port behind the last colon is a number from 0 to 65535");
  CHECK(problem("::1:4711") == "an IPv6 address stands in brackets, such as \"[::1]:4711\"");
  CHECK(problem("::1") == "an IPv6 address stands in brackets, such as \"[::1]:4711\"");
  for (const std::string text : {"[]:1", "[a]:1", "[10.0.0.1]:1", "[::1%eth0]:1", "[[::1]]:1"})
    CHECK(problem(text) == "between brackets stands an IPv6 address, such as \"[::1]:4711\"");
  for (const std::string text : {":1", "a b:1", "ä:1", ".a:1", "a.:1", "a..b:1", "-a:1", "a/b:1", "a@b:1", "]:1"})
    CHECK(problem(text).starts_with("the host is a name of letters, digits"));
  for (const std::string text : {"256.0.0.1:1", "10.0.1:1", "1:1", "1.2.3.4.5:1", "127.1:1", "a.1:1"})
    CHECK(problem(text) == "an IPv4 address has four numbers from 0 to 255, such as \"10.0.0.1:4711\"");
  CHECK_FALSE(parse_endpoint(std::string(254, 'a') + ":1"));
}

TEST_CASE("loopback is what only this machine can reach, as far as the text says") {
  for (const auto* host : {"localhost", "LocalHost", "127.0.0.1", "127.255.0.3", "::1", "0:0:0:0:0:0:0:1"})
    CHECK(loopback(host));
  for (const auto* host : {"", "a", "localhost.example.org", "128.0.0.1", "10.0.0.127", "0.0.0.0", "::", "::2",
                           "127.0.0.1.example.org", "127", "localhos"})
    CHECK_FALSE(loopback(host));
}
