#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>

#include "tests/support/doctest.hpp"
#include "tests/support/loopback.hpp"

namespace rhizome::tests {

// Those whom nobody has asked to come.

/// Reads whatever comes until the other side closes the connection, in order or by a reset: true. False if it is still
/// open when the time is over.
[[nodiscard]] inline bool is_closed_within(const descriptor& socket, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd ready{socket.number(), POLLIN, 0};
    if (left.count() <= 0 || poll(&ready, 1, static_cast<int>(left.count())) != 1)
      return false;
    std::array<char, 4096> buffer;
    if (recv(socket.number(), buffer.data(), buffer.size(), 0) <= 0)
      return true;
  }
}

/// Bytes that look like nothing, the same each time.
[[nodiscard]] inline std::string junk(std::size_t size) {
  std::string bytes;
  std::uint64_t state = 88172645463325252U;
  for (std::size_t i = 0; i < size; ++i) {
    state ^= state << 13U, state ^= state >> 7U, state ^= state << 17U;
    bytes.push_back(static_cast<char>(state >> 56U));
  }
  return bytes;
}

/// The header of a BASP message, CAF's protocol: an operation and the size of what follows.
[[nodiscard]] inline std::string basp_header(std::uint8_t operation, std::uint32_t payload_size) {
  std::string bytes(32, '\0');
  bytes[0] = static_cast<char>(operation);
  for (int i = 0; i < 4; ++i)
    bytes[static_cast<std::size_t>(4 + i)] = static_cast<char>(payload_size >> (24 - 8 * i) & 0xffU);
  return bytes;
}
inline constexpr std::uint8_t basp_server_handshake = 0;
inline constexpr std::uint8_t basp_client_handshake = 1;
inline constexpr std::uint8_t basp_direct_message = 2;

using tls_context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using tls_session = std::unique_ptr<SSL, decltype(&SSL_free)>;

/// A client that believes every server. It shows a certificate if it is given one.
[[nodiscard]] inline tls_context make_tls_client(const std::filesystem::path& certificate = {},
                                                 const std::filesystem::path& key = {}) {
  tls_context made(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  REQUIRE(made);
  if (!certificate.empty()) {
    REQUIRE(SSL_CTX_use_certificate_file(made.get(), certificate.c_str(), SSL_FILETYPE_PEM) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey_file(made.get(), key.c_str(), SSL_FILETYPE_PEM) == 1);
  }
  return made;
}

/// The first message of a TLS handshake.
[[nodiscard]] inline std::string client_hello() {
  const auto context = make_tls_client();
  const tls_session session(SSL_new(context.get()), &SSL_free);
  BIO* const sent = BIO_new(BIO_s_mem()); // the session owns both
  SSL_set_bio(session.get(), BIO_new(BIO_s_mem()), sent);
  SSL_connect(session.get());
  ERR_clear_error();
  std::string bytes(4096, '\0');
  bytes.resize(static_cast<std::size_t>(BIO_read(sent, bytes.data(), static_cast<int>(bytes.size()))));
  return bytes;
}

/// Does the handshake, as far as it gets, and says something.
inline void speak_tls(const descriptor& socket, SSL_CTX* context) {
  const tls_session session(SSL_new(context), &SSL_free);
  SSL_set_fd(session.get(), socket.number());
  if (SSL_connect(session.get()) == 1)
    SSL_write(session.get(), "hello", 5);
  ERR_clear_error();
}

/// What a stranger does with its connection.
struct stranger {
  std::string name;
  std::function<void(const descriptor&)> act;
};

/// Lets `each` of them come at once, `times` times. The names of those whose connection is open longer than the limit.
[[nodiscard]] inline std::vector<std::string> not_closed_within(std::chrono::milliseconds limit, std::uint16_t port,
                                                                const std::vector<stranger>& all,
                                                                std::size_t times = 1) {
  std::vector<std::future<std::string>> visits;
  for (std::size_t i = 0; i < times; ++i)
    for (const auto& each : all)
      visits.push_back(std::async(std::launch::async, [limit, port, &each]() -> std::string {
        const auto deadline = std::chrono::steady_clock::now() + limit;
        const auto socket = connected_socket(port);
        try {
          each.act(socket);
        } catch (const std::system_error&) { // it was closed in the middle of the act
        }
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        return is_closed_within(socket, left) ? "" : each.name;
      }));
  std::vector<std::string> late;
  for (auto& visit : visits)
    if (auto name = visit.get(); !name.empty())
      late.push_back(std::move(name));
  return late;
}

} // namespace rhizome::tests
