#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "actors/host_figures.hpp"
#include "core/result.hpp"

namespace prometheus {
class Collectable;
class Exposer;
} // namespace prometheus

namespace rhizome::cli {

/// Tells Prometheus what a host tells about itself: http://ADDRESS/metrics, for as long as the object lives. It has no
/// authentication, and so listens on the loopback interface unless told otherwise.
class metrics_server {
public:
  /// Called for each request, in a thread of the server and perhaps in two at once. It should answer soon, and it must
  /// not wait for whoever destroys the server.
  using figures_function = std::function<actors::host_figures()>;

  /// `address` is "10.0.0.1:9464", "[::1]:9464", or ":9464" and "9464" for 127.0.0.1; with port 0 the system chooses
  /// one. Errors: no such address (invalid_input), the port is in use (failed).
  [[nodiscard]] static result<std::unique_ptr<metrics_server>> start(const std::string& address,
                                                                     figures_function figures);
  metrics_server(const metrics_server&) = delete;
  metrics_server& operator=(const metrics_server&) = delete;
  ~metrics_server();

  [[nodiscard]] std::uint16_t port() const;

private:
  metrics_server(const std::string& address, figures_function figures);

  std::shared_ptr<prometheus::Collectable> source_;
  std::unique_ptr<prometheus::Exposer> exposer_; ///< after the source: its threads end first
};

} // namespace rhizome::cli
