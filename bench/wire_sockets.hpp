#pragma once

#include <memory>
#include <string>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "actors/network.hpp"
#include "bench/wire_pair.hpp"

namespace rhizome::bench {

// The yardsticks: the plainest programs that carry the same bytes over one connection, blocking, in pieces as long as
// the chunks.

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// The other side of the first connection to a free port.
inline int accept_one(const receiver& here) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  must(bind(listener, reinterpret_cast<const sockaddr*>(&address), size) == 0, "bind");
  must(listen(listener, 1) == 0, "listen");
  must(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
  here.listen(ntohs(address.sin_port));
  const int connection = accept(listener, nullptr, nullptr);
  must(connection >= 0, "accept");
  return connection;
}

inline int connect_to(std::uint16_t port) {
  const int connection = socket(AF_INET, SOCK_STREAM, 0);
  const auto address = loopback(port);
  must(connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "connect");
  const int yes = 1; // as CAF does
  must(setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) == 0, "setsockopt");
  return connection;
}

/// Parcels in memory, sent in turn.
inline std::vector<std::vector<char>> make_parcels(const traffic& load) {
  std::vector<std::vector<char>> parcels;
  for (std::size_t i = 0; i < load.models; ++i)
    parcels.emplace_back(load.parcel, static_cast<char>(i));
  return parcels;
}

/// Calls `write(data, size)`, which returns how many bytes it took, until every parcel is sent.
template <class Write>
void send_parcels(const traffic& load, Write write) {
  const auto parcels = make_parcels(load);
  for (std::size_t i = 0; i < load.parcels(); ++i) {
    const auto& bytes = parcels[i % parcels.size()];
    for (std::size_t offset = 0; offset < bytes.size();)
      offset += write(bytes.data() + offset, std::min(load.chunk, bytes.size() - offset));
  }
}

/// Calls `read(buffer, size)`, which returns how many bytes have come, until everything has.
template <class Read>
void receive_parcels(const traffic& load, receiver& here, Read read) {
  std::vector<char> buffer(load.chunk);
  while (!here.has_all())
    here.count(read(buffer.data(), buffer.size()));
  here.finish();
}

inline carrier plain_tcp(const traffic& load) {
  return {[load](receiver& here) {
            const int from = accept_one(here);
            receive_parcels(load, here, [from](char* data, std::size_t size) {
              const auto count = recv(from, data, size, 0);
              must(count > 0, "recv");
              return static_cast<std::size_t>(count);
            });
          },
          [load](const sender& here) {
            const int to = connect_to(here.port());
            send_parcels(load, [to](const char* data, std::size_t size) {
              const auto count = send(to, data, size, MSG_NOSIGNAL);
              must(count > 0, "send");
              return static_cast<std::size_t>(count);
            });
            here.finish();
          }};
}

inline void must_tls(bool good, const char* what) {
  if (!good) {
    ERR_print_errors_fp(stderr);
    give_up(what);
  }
}

/// TLS over a connection, with certificates on both sides, as the hosts have it.
inline SSL* make_tls(const actors::tls_files& files, int connection) {
  SSL_CTX* context = SSL_CTX_new(TLS_method());
  must_tls(SSL_CTX_load_verify_locations(context, files.authority.c_str(), nullptr) == 1, files.authority.c_str());
  must_tls(SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) == 1, files.certificate.c_str());
  must_tls(SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) == 1, files.key.c_str());
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL* tls = SSL_new(context);
  must_tls(tls != nullptr && SSL_set_fd(tls, connection) == 1, "SSL_new");
  return tls;
}

inline carrier plain_tls(const traffic& load, const actors::tls_files& files) {
  return {[load, files](receiver& here) {
            SSL* from = make_tls(files, accept_one(here));
            must_tls(SSL_accept(from) == 1, "SSL_accept");
            receive_parcels(load, here, [from](char* data, std::size_t size) {
              const int count = SSL_read(from, data, static_cast<int>(size));
              must_tls(count > 0, "SSL_read");
              return static_cast<std::size_t>(count);
            });
          },
          [load, files](const sender& here) {
            SSL* to = make_tls(files, connect_to(here.port()));
            must_tls(SSL_connect(to) == 1, "SSL_connect");
            send_parcels(load, [to](const char* data, std::size_t size) {
              const int count = SSL_write(to, data, static_cast<int>(size));
              must_tls(count > 0, "SSL_write");
              return static_cast<std::size_t>(count);
            });
            here.finish();
          }};
}

} // namespace rhizome::bench
