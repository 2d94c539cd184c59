#pragma once

#include <functional>
#include <string>

#include "actors/gate.hpp"
#include "actors/host_figures.hpp"
#include "actors/network.hpp"
#include "actors/run.hpp"
#include "core/network/endpoint.hpp"
#include "core/result.hpp"

namespace rhizome::actors {

struct serve_options {
  network::endpoint listen; ///< port 0 takes a free one
  std::optional<tls_files> tls;
  build_identity build;
  run_builder build_run;
  std::function<void(const std::string&)> log; ///< a line for the user, from any thread
  /// Called once this process can be reached, with where; `figures` may be asked from any thread while it serves.
  std::function<void(const network::endpoint&, std::function<host_figures()> figures)> listening;
  std::function<void()> ending; ///< called when figures must not be asked for any more
};

/// Lends this process to runs until the user interrupts it. Failed: it cannot listen there.
[[nodiscard]] result<void> serve(const serve_options& options, const interrupt_count& interrupts);

/// What the host there tells about itself, or a sentence why it does not.
[[nodiscard]] std::vector<result<host_figures>> ask_hosts(const std::vector<std::string>& endpoints,
                                                          const std::optional<tls_files>& tls,
                                                          std::chrono::milliseconds patience);

} // namespace rhizome::actors
