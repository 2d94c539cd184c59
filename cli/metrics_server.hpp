#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "actors/host_figures.hpp"
#include "core/result.hpp"

namespace rhizome::cli {

/// Tells Prometheus what a host tells about itself: http://ADDRESS/metrics, for as long as the object lives. It has no
/// authentication, and so listens on the loopback interface unless told otherwise. prometheus-cpp writes the text but
/// does not serve it: the web server below its `Exposer` asks for threads with stacks of 100 KiB, which do not even
/// hold the thread-local variables of LibTorch's libraries, so it cannot start in this program. One thread answers one
/// request after the other, each within 2 s.
class metrics_server {
public:
  /// Called for each request in the server's thread. It should answer soon, must not throw and must not wait for
  /// whoever destroys the server.
  using figures_function = std::function<actors::host_figures()>;

  /// `address` is "10.0.0.1:9464", "[::1]:9464", or ":9464" and "9464" for 127.0.0.1; with port 0 the system chooses
  /// one. Errors: that is no address (invalid_input); the port is in use or not allowed (failed).
  [[nodiscard]] static result<std::unique_ptr<metrics_server>> start(const std::string& address,
                                                                     figures_function figures);
  metrics_server(const metrics_server&) = delete;
  metrics_server& operator=(const metrics_server&) = delete;
  ~metrics_server();

  [[nodiscard]] std::uint16_t port() const;

private:
  /// Owns both descriptors: a listening socket and an eventfd that ends the thread.
  metrics_server(int listener, int stop, figures_function figures);

  void serve() const;
  void answer(int client) const;
  [[nodiscard]] std::string read_request(int client) const;
  /// False if the server ends or the time is over first.
  [[nodiscard]] bool wait_readable(int fd, int milliseconds) const;

  int listener_;
  int stop_;
  figures_function figures_;
  std::thread thread_;
};

} // namespace rhizome::cli
