#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "actors/connector_actor.hpp"
#include "actors/host_actor.hpp"
#include "actors/link_actor.hpp"
#include "actors/link_counters.hpp"
#include "core/learning/flat_vector.hpp"
#include "core/sharing/parcel_reader.hpp"
#include "core/sharing/parcel_writer.hpp"

namespace rhizome::actors {

/// Where a link delivers what has come.
class parcel_sink {
public:
  virtual ~parcel_sink() = default;
  /// Called in the link's thread. An error says why the parcel is of no use; it is counted and noted.
  [[nodiscard]] virtual result<void> deliver(sharing::parcel p) = 0;
};

struct link_options {
  host_actor host;
  connector_actor connector;
  host_id peer = 0;
  std::string peer_name;
  sharing::wire_limits limits;
  std::shared_ptr<learning::vector_pool> pool;
  std::shared_ptr<parcel_sink> sink;
  link_counters_ptr counters;
  std::size_t chunk_size = std::size_t{256} << 10; ///< bytes
  std::size_t window = std::size_t{2} << 20;       ///< bytes in flight, and at most one chunk more
  std::chrono::milliseconds liveness{10'000};
  threading where = threading::detached;
};

/// The state of a link_actor. What is in flight is bounded by the window; what waits is held by reference, and bounded
/// by the run-ahead of the rounds. A waiting fragment is replaced by a newer one only where it says that it may be.
class link_state {
public:
  using handle = link_actor;
  static inline const char* name = "link";

  explicit link_state(self_pointer<handle> self) : self_(self) {}
  void prepare(link_options options) { options_ = std::move(options); }
  link_actor::behavior_type make_behavior();

private:
  using clock = std::chrono::steady_clock;

  void open(const link_opened& message);
  void close();
  /// Also shuts down the connection.
  void disconnect();
  /// Takes the other host for lost, and tells the own one.
  void lose(const std::string& reason);
  void enqueue(sharing::parcel p);
  /// Sends chunks as far as there is credit.
  void pump();
  void take(const chunk& piece);
  void finish_parcel();
  void refuse(const std::string& why);
  void look_around();
  /// Whether the message comes from the other end as it is now, not from an earlier one.
  [[nodiscard]] bool is_from_peer();

  self_pointer<handle> self_;
  link_options options_;
  link_actor peer_; ///< empty: closed
  std::deque<sharing::parcel> waiting_;
  std::optional<sharing::parcel_writer> sending_;
  std::size_t offset_ = 0;                        ///< bytes of it that are sent
  std::size_t in_flight_ = 0;                     ///< bytes sent that credit has not come back for
  std::optional<sharing::parcel_reader> reading_; ///< empty: between parcels, or skipping the rest of a refused one
  std::size_t taken_in_ = 0;                      ///< bytes that credit was not given back for
  clock::time_point last_heard_;
  clock::time_point last_look_;
  bool looking_ = false; ///< its look messages go round
};

[[nodiscard]] link_actor spawn_link(caf::actor_system& system, link_options options);

} // namespace rhizome::actors
