#include "cli/certificates.hpp"

#include <memory>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "tests/support/doctest.hpp"

using namespace rhizome;

namespace {

constexpr int days = 30;

cli::credentials authority() {
  auto made = cli::make_authority(days);
  REQUIRE(made.has_value());
  return *std::move(made);
}

cli::credentials issued(const cli::credentials& by, const std::string& name, int valid_days = days) {
  auto made = cli::issue_certificate(by, name, valid_days);
  CAPTURE((made ? std::string() : made.error().message));
  REQUIRE(made.has_value());
  return *std::move(made);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// What `openssl x509 -text` would print.
std::string printed(const std::string& certificate) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(
      BIO_new_mem_buf(certificate.data(), static_cast<int>(certificate.size())), BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> parsed(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr),
                                                           X509_free);
  REQUIRE(parsed != nullptr);
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
  REQUIRE(X509_print(out.get(), parsed.get()) == 1);
  char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

/// Why these credentials would not be accepted; empty if they would.
std::string objection(const cli::credentials& trusted, const cli::credentials& own) {
  const auto good = cli::check_credentials(trusted.certificate, own);
  return good ? std::string() : good.error().message;
}

} // namespace

TEST_CASE("what an authority issues is accepted by those who trust it") {
  const auto ca = authority();
  CHECK(objection(ca, issued(ca, "node1.example.org")).empty());
  CHECK(objection(ca, issued(ca, "10.0.0.1")).empty());
}

TEST_CASE("what another authority has issued is refused") {
  const auto ours = authority();
  const auto theirs = authority();
  CHECK(contains(objection(ours, issued(theirs, "node1")), "would not be accepted"));
  CHECK_FALSE(objection(issued(ours, "node1"), issued(ours, "node2")).empty()); // a host is no authority
}

TEST_CASE("an expired certificate is refused, one that is valid from now on is valid for clocks that are late too") {
  const auto ca = authority();
  CHECK(contains(objection(ca, issued(ca, "node1", -1)), "expired"));
  CHECK(objection(ca, issued(ca, "node1", 1)).empty());
}

TEST_CASE("a key of another certificate, a broken or an encrypted one is refused") {
  const auto ca = authority();
  auto one = issued(ca, "node1");
  const auto two = issued(ca, "node2");
  CHECK(objection(ca, {one.certificate, two.key}) == "the key does not belong to the certificate");
  CHECK(contains(objection(ca, {one.certificate, "junk"}), "no private key"));
  CHECK(contains(objection(ca, {"junk", one.key}), "no certificate"));
  CHECK(contains(objection({"junk", ""}, one), "authority"));
  const std::string encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n";
  CHECK(contains(objection(ca, {one.certificate, encrypted}), "without a passphrase"));
}

TEST_CASE("a certificate is for both sides of a connection and for one name or address") {
  const auto ca = authority();
  const auto by_name = printed(issued(ca, "node1.example.org").certificate);
  CHECK(contains(by_name, "TLS Web Server Authentication, TLS Web Client Authentication"));
  CHECK(contains(by_name, "DNS:node1.example.org"));
  CHECK(contains(by_name, "CA:FALSE"));
  CHECK(contains(by_name, "prime256v1"));
  CHECK(contains(printed(issued(ca, "10.0.0.1").certificate), "IP Address:10.0.0.1"));
  CHECK(contains(printed(issued(ca, "fd00::1").certificate), "IP Address:FD00:0:0:0:0:0:0:1"));
}

TEST_CASE("an authority may sign hosts, and no further authorities") {
  const auto text = printed(authority().certificate);
  CHECK(contains(text, "CA:TRUE, pathlen:0"));
  CHECK(contains(text, "Certificate Sign, CRL Sign"));
}

TEST_CASE("every certificate and every authority is its own") {
  const auto ca = authority();
  CHECK(issued(ca, "node1").key != issued(ca, "node1").key);
  CHECK(issued(ca, "node1").certificate != issued(ca, "node1").certificate);
  CHECK(authority().certificate != ca.certificate);
}

TEST_CASE("names that are neither DNS names nor addresses are refused") {
  for (const std::string good : {"node1", "a-b.example.org", "10.0.0.1", "::1", "localhost"})
    CHECK(cli::check_name(good).has_value());
  for (const std::string bad :
       {"", ".", "../x", "a/b", "a b", "-a", "a..b", "a,DNS:b", "*.example.org", "a\nb", "a:1"}) {
    CAPTURE(bad);
    CHECK_FALSE(cli::check_name(bad).has_value());
  }
  CHECK_FALSE(cli::check_name(std::string(65, 'a')).has_value());
  CHECK_FALSE(cli::issue_certificate(authority(), "a,DNS:b", days).has_value());
}

TEST_CASE("nobody issues with a key that is not the authority's") {
  const auto ca = authority();
  CHECK_FALSE(cli::issue_certificate({ca.certificate, authority().key}, "node1", days).has_value());
}
