#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>

#include "actors/connector_actor.hpp"
#include "actors/host_gauges.hpp"
#include "actors/network.hpp"
#include "actors/remote_messages.hpp"
#include "core/config/sections.hpp"
#include "core/network/placement.hpp"
#include "core/result.hpp"

namespace rhizome::actors {

/// The machines of a run. The default is this process alone.
struct cluster_spec {
  std::vector<std::string> hosts; ///< where the lent ones listen: hosts 1, 2, ...
  std::string own_name = "the starting machine";
  /// Where the nodes are placed, given the cores of each host. Not used without lent hosts.
  std::function<result<network::placement>(std::span<const std::uint32_t> cores)> place;
  network_options network;
  /// Spawns what connects this process to others; null: the connector of connector.hpp. Tests have their own.
  std::function<connector_actor(caf::actor_system&)> make_connector;

  /// Called once, from the experiment's thread, when the nodes are placed; null: nobody asks.
  std::function<void(run_part)> placed;

  std::string config;              ///< resolved, for the other hosts
  std::uint64_t data_checksum = 0; ///< of the data set
  build_identity build;
  bool allow_mixed = false; ///< other builds and processors may join: the bits may differ

  std::size_t chunk_size = std::size_t{256} << 10; ///< bytes
  std::size_t window = std::size_t{2} << 20;       ///< bytes in flight on a link
  std::chrono::milliseconds liveness{10'000};
  std::chrono::milliseconds join_timeout{60'000};
  std::chrono::milliseconds retry{5'000}; ///< between attempts to win back a lost host
  config::failure_policy on_failure = config::failure_policy::abort;

  /// The largest encoded form of a vector that is accepted: no codec makes more of it than twice its size. Shares of
  /// keys, and questions for them, take up to another 2 MB (cli/experiment_setup.cpp refuses more senders).
  [[nodiscard]] static std::uint64_t max_encoded_bytes(std::size_t values) {
    return 2 * values * sizeof(float) + (std::uint64_t{1} << 21U);
  }
};

} // namespace rhizome::actors
