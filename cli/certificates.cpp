#include "cli/certificates.hpp"

#include <algorithm>
#include <memory>
#include <string_view>

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace rhizome::cli {

namespace {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free_all>>;
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>>;
using number_ptr = std::unique_ptr<BIGNUM, freed_by<BN_free>>;
using store_ptr = std::unique_ptr<X509_STORE, freed_by<X509_STORE_free>>;
using verification_ptr = std::unique_ptr<X509_STORE_CTX, freed_by<X509_STORE_CTX_free>>;

constexpr long seconds_of_clock_difference = 3600;
constexpr std::size_t longest_name = 64; // of a common name in X.509

/// What OpenSSL refused, in its own words; empties its queue of errors.
tl::unexpected<error> openssl_failed(const char* task) {
  char reason[256] = "no reason given";
  if (const auto code = ERR_get_error(); code != 0)
    ERR_error_string_n(code, reason, sizeof reason);
  ERR_clear_error();
  return fail(error_kind::failed, "OpenSSL could not {}: {}", task, reason);
}

bio_ptr reader(const std::string& text) {
  return bio_ptr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string text_of(BIO& memory) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(&memory, &data);
  return {data, static_cast<std::size_t>(size)};
}

result<certificate_ptr> read_certificate(const std::string& pem) {
  certificate_ptr certificate(PEM_read_bio_X509(reader(pem).get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (!certificate)
    return fail(error_kind::invalid_input, "there is no certificate in PEM");
  return certificate;
}

result<key_ptr> read_key(const std::string& pem) {
  // Without a function of ours OpenSSL would ask for the passphrase of an encrypted key on the terminal.
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  key_ptr key(PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  if (!key)
    return fail(error_kind::invalid_input, "there is no private key in PEM without a passphrase");
  return key;
}

result<credentials> to_pem(const X509& certificate, const EVP_PKEY& key) {
  const bio_ptr certificate_text(BIO_new(BIO_s_mem()));
  const bio_ptr key_text(BIO_new(BIO_s_mem()));
  if (!certificate_text || !key_text || PEM_write_bio_X509(certificate_text.get(), &certificate) != 1 ||
      PEM_write_bio_PKCS8PrivateKey(key_text.get(), &key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return openssl_failed("write a certificate");
  return credentials{text_of(*certificate_text), text_of(*key_text)};
}

bool set_random_serial(X509& certificate) {
  const number_ptr serial(BN_new());
  // positive, and at most 20 bytes long in DER
  return serial && BN_rand(serial.get(), 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(&certificate)) != nullptr;
}

bool set_common_name(X509_NAME& subject, const std::string& name) {
  return X509_NAME_add_entry_by_txt(&subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.data()),
                                    static_cast<int>(name.size()), -1, 0) == 1;
}

/// A certificate with everything but issuer, extensions and signature.
certificate_ptr blank_certificate(const std::string& name, EVP_PKEY& key, int days) {
  certificate_ptr certificate(X509_new());
  if (certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1 && set_random_serial(*certificate) &&
      set_common_name(*X509_get_subject_name(certificate.get()), name) &&
      X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -seconds_of_clock_difference) != nullptr &&
      X509_time_adj_ex(X509_getm_notAfter(certificate.get()), days, 0, nullptr) != nullptr &&
      X509_set_pubkey(certificate.get(), &key) == 1)
    return certificate;
  return nullptr;
}

struct extension {
  int id;
  std::string value; ///< in the language of OpenSSL's configuration files
};

bool add_extensions(X509& certificate, X509& issuer, std::initializer_list<extension> extensions) {
  X509V3_CTX context{};
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  return std::ranges::all_of(extensions, [&](const extension& e) {
    const extension_ptr made(X509V3_EXT_conf_nid(nullptr, &context, e.id, e.value.c_str()));
    return made && X509_add_ext(&certificate, made.get(), -1) == 1;
  });
}

bool is_address(const std::string& name) {
  in6_addr parsed{};
  return inet_pton(AF_INET, name.c_str(), &parsed) == 1 || inet_pton(AF_INET6, name.c_str(), &parsed) == 1;
}

/// One part of a DNS name, between dots.
bool is_label(std::string_view label) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, allowed);
}

bool is_dns_name(std::string_view name) {
  for (auto dot = name.find('.'); dot != name.npos; dot = name.find('.')) {
    if (!is_label(name.substr(0, dot)))
      return false;
    name.remove_prefix(dot + 1);
  }
  return is_label(name);
}

result<void> verify_for(X509_STORE& trusted, X509& certificate, int purpose) {
  const verification_ptr verification(X509_STORE_CTX_new());
  if (!verification || X509_STORE_CTX_init(verification.get(), &trusted, &certificate, nullptr) != 1 ||
      X509_STORE_CTX_set_purpose(verification.get(), purpose) != 1)
    return openssl_failed("verify a certificate");
  const bool good = X509_verify_cert(verification.get()) == 1;
  ERR_clear_error();
  if (good)
    return {};
  return fail(error_kind::invalid_input, "the certificate would not be accepted by the hosts of this authority: {}",
              X509_verify_cert_error_string(X509_STORE_CTX_get_error(verification.get())));
}

} // namespace

result<credentials> make_authority(int days) {
  unsigned char mark[4];
  const key_ptr key(EVP_EC_gen("P-256"));
  if (!key || RAND_bytes(mark, sizeof mark) != 1)
    return openssl_failed("make a key");
  const auto name = fmt::format("Rhizome cluster {:02x}{:02x}{:02x}{:02x}", mark[0], mark[1], mark[2], mark[3]);
  const auto certificate = blank_certificate(name, *key, days);
  if (!certificate || X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get())) != 1 ||
      !add_extensions(*certificate, *certificate,
                      {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                       {NID_key_usage, "critical,keyCertSign,cRLSign"},
                       {NID_subject_key_identifier, "hash"}}) ||
      X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0)
    return openssl_failed("make an authority");
  return to_pem(*certificate, *key);
}

result<void> check_name(const std::string& name) {
  if (name.size() <= longest_name && (is_address(name) || is_dns_name(name)))
    return {};
  return fail(
      error_kind::invalid_input,
      "\"{}\" is no name for a certificate: it has to be a DNS name such as node1.example.org or an address such "
      "as 10.0.0.1, of at most {} characters",
      name, longest_name);
}

result<credentials> issue_certificate(const credentials& authority, const std::string& name, int days) {
  if (auto good = check_name(name); !good)
    return fail(good);
  const auto issuer = read_certificate(authority.certificate);
  if (!issuer)
    return fail(issuer);
  const auto issuer_key = read_key(authority.key);
  if (!issuer_key)
    return fail(issuer_key);
  if (X509_check_private_key(issuer->get(), issuer_key->get()) != 1) {
    ERR_clear_error();
    return fail(error_kind::invalid_input, "the authority's key does not belong to its certificate");
  }
  const key_ptr key(EVP_EC_gen("P-256"));
  if (!key)
    return openssl_failed("make a key");
  const auto certificate = blank_certificate(name, *key, days);
  if (!certificate || X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer->get())) != 1 ||
      !add_extensions(*certificate, **issuer,
                      {{NID_basic_constraints, "critical,CA:FALSE"},
                       {NID_key_usage, "critical,digitalSignature"},
                       {NID_ext_key_usage, "serverAuth,clientAuth"},
                       {NID_subject_alt_name, (is_address(name) ? "IP:" : "DNS:") + name},
                       {NID_subject_key_identifier, "hash"},
                       {NID_authority_key_identifier, "keyid"}}) ||
      X509_sign(certificate.get(), issuer_key->get(), EVP_sha256()) == 0)
    return openssl_failed("issue a certificate");
  return to_pem(*certificate, *key);
}

result<void> check_credentials(const std::string& authority_certificate, const credentials& own) {
  const auto authority = read_certificate(authority_certificate);
  if (!authority)
    return fail(error_kind::invalid_input, "of the authority: {}", authority.error().message);
  const auto certificate = read_certificate(own.certificate);
  if (!certificate)
    return fail(certificate);
  const auto key = read_key(own.key);
  if (!key)
    return fail(key);
  const bool belongs = X509_check_private_key(certificate->get(), key->get()) == 1;
  ERR_clear_error();
  if (!belongs)
    return fail(error_kind::invalid_input, "the key does not belong to the certificate");
  const store_ptr trusted(X509_STORE_new());
  if (!trusted || X509_STORE_add_cert(trusted.get(), authority->get()) != 1)
    return openssl_failed("take an authority");
  for (const int purpose : {X509_PURPOSE_SSL_SERVER, X509_PURPOSE_SSL_CLIENT})
    if (auto good = verify_for(*trusted, **certificate, purpose); !good)
      return good;
  return {};
}

} // namespace rhizome::cli
