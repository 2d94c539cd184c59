// CAF 0.17's TLS module asks SSL_get_error what the result of a call means without having emptied the thread's error
// queue before, as OpenSSL's manual demands. One stranger's failed handshake then lets the next harmless "nothing to
// read yet" of every other connection look like a failure, and CAF closes that connection: anybody who can open a
// socket could end a run. These functions stand in front of OpenSSL's (the dynamic linker takes the program's own
// definitions first) and empty the queue. CAF 0.18.4 and later do it themselves.

#include "actors/caf_network.hpp"

#include <dlfcn.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#if CAF_VERSION < 1804

namespace {

/// OpenSSL's own function of that name.
template <class Function>
Function* original(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

} // namespace

extern "C" {

int SSL_read(SSL* ssl, void* buffer, int size) {
  static auto* const next = original<int(SSL*, void*, int)>("SSL_read");
  ERR_clear_error();
  return next(ssl, buffer, size);
}

int SSL_write(SSL* ssl, const void* buffer, int size) {
  static auto* const next = original<int(SSL*, const void*, int)>("SSL_write");
  ERR_clear_error();
  return next(ssl, buffer, size);
}

int SSL_accept(SSL* ssl) {
  static auto* const next = original<int(SSL*)>("SSL_accept");
  ERR_clear_error();
  return next(ssl);
}

int SSL_connect(SSL* ssl) {
  static auto* const next = original<int(SSL*)>("SSL_connect");
  ERR_clear_error();
  return next(ssl);
}

} // extern "C"

#endif

namespace rhizome::actors {

void keep_openssl_error_queues_clean() {}

} // namespace rhizome::actors
