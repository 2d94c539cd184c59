#pragma once

// One end of a link, or both, under CAF's deterministic scheduler, between a host and a peer that the test plays.

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <fmt/format.h>

#include "actors/caf_network.hpp"
#include "actors/link.hpp"
#include "tests/support/parcels.hpp"

namespace rhizome::test {

/// CAF's deterministic scheduler: one thread, and time passes when the test says so.
class manual_system {
public:
  manual_system() : system_(config_) {}
  [[nodiscard]] caf::actor_system& get() { return system_; }

  /// Runs until nothing is left to do but timers.
  void run() {
    while (scheduler().try_run_once())
      ;
  }
  /// Lets time pass, and what follows happen.
  void advance(std::chrono::nanoseconds time) {
    scheduler().advance_time(time);
    run();
  }

private:
  struct config : caf::actor_system_config {
    config() {
      actors::set_scheduler_policy(*this, "testing");
      actors::load_network(*this, {});
    }
  };
  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  }

  config config_;
  caf::actor_system system_;
};

/// An actor that the test plays: as whom others know it.
template <class Handle>
[[nodiscard]] Handle known_as(caf::scoped_actor& actor) {
  return caf::actor_cast<Handle>(caf::strong_actor_ptr(actor->ctrl()));
}

/// Takes what is in an actor's mailbox. Messages without a handler stay there.
template <class... Handlers>
void take_all(caf::scoped_actor& actor, Handlers... handlers) {
  bool more = true;
  while (more)
    actor->receive(
        handlers..., caf::after(std::chrono::seconds(0)) >> [&more] { more = false; });
}

/// Keeps what a link delivers, but for rounds that are over.
class kept_parcels final : public actors::parcel_sink {
public:
  std::vector<sharing::parcel> parcels;
  round_number oldest = 0;

  result<void> deliver(sharing::parcel p) override {
    if (p.fragment.round < oldest)
      return fail(error_kind::failed, "round {} is over.", p.fragment.round);
    parcels.push_back(std::move(p));
    return {};
  }
};

/// What the peer has been sent.
struct peer_mail {
  std::vector<actors::chunk> chunks;
  std::size_t bytes = 0;    ///< in chunks
  std::uint64_t credit = 0; ///< bytes given back
  std::size_t heartbeats = 0;
};

/// What the host has been told.
struct host_mail {
  std::size_t ups = 0;
  std::vector<std::string> downs;
  std::vector<std::string> refusals;
};

class link_world {
public:
  static constexpr std::chrono::seconds liveness{8};
  static constexpr std::size_t chunk_size = 16;
  static constexpr std::size_t window = 64;
  static constexpr std::uint32_t nodes = 10; ///< 0 to 4 on the peer's side, 5 to 9 here

  link_world() : link(spawn(counters, sink)) {}
  ~link_world() {
    actors::post(link, actors::stop_actor{});
    system.run();
  }

  /// The peer is there.
  void open(caf::scoped_actor& other) {
    actors::post(link, actors::link_opened{caf::strong_actor_ptr(other->ctrl())});
    system.run();
  }

  /// The peer sends bytes, in chunks.
  void send(caf::scoped_actor& from, std::span<const std::byte> bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += chunk_size) {
      const auto piece = bytes.subspan(at, std::min(chunk_size, bytes.size() - at));
      const auto [block, memory] = actors::byte_block::make(piece.size());
      std::ranges::copy(piece, memory);
      from->send(link, actors::chunk{at == 0, block});
    }
    system.run();
  }

  void enqueue(sharing::parcel p) {
    actors::post(link, actors::send_parcel{std::move(p)});
    system.run();
  }

  /// The peer gives credit for all that it has been sent, until nothing more comes.
  [[nodiscard]] peer_mail take_everything() {
    peer_mail all;
    for (std::size_t before = 1; before != all.bytes;) {
      before = all.bytes;
      const auto some = mail_of_peer();
      all.chunks.insert(all.chunks.end(), some.chunks.begin(), some.chunks.end());
      all.bytes += some.bytes;
      peer->send(link, actors::chunk_credit{some.bytes});
      system.run();
    }
    return all;
  }

  [[nodiscard]] peer_mail mail_of_peer() {
    peer_mail mail;
    take_all(
        peer,
        [&](const actors::chunk& c) {
          mail.chunks.push_back(c);
          mail.bytes += c.bytes.size();
        },
        [&](const actors::chunk_credit& c) { mail.credit += c.bytes; },
        [&](const actors::heartbeat&) { ++mail.heartbeats; });
    return mail;
  }

  [[nodiscard]] host_mail mail_of_host() {
    host_mail mail;
    take_all(
        host, [&](const actors::link_up&) { ++mail.ups; },
        [&](const actors::link_down& m) { mail.downs.push_back(m.reason); },
        [&](const actors::note_event& m) { mail.refusals.push_back(m.text); });
    return mail;
  }

  /// A link of this host, to whomever.
  [[nodiscard]] actors::link_actor spawn(actors::link_counters_ptr of, std::shared_ptr<kept_parcels> to) {
    actors::link_options options;
    options.host = known_as<actors::host_actor>(host);
    options.peer = 1;
    options.peer_name = "peer:1";
    options.limits = {.nodes = nodes, .max_bytes = 100};
    options.limits.from_peer = [](node_id node) { return node < 5; };
    options.limits.placed_here = [](node_id node) { return node >= 5; };
    options.pool = pool;
    options.sink = std::move(to);
    options.counters = std::move(of);
    options.chunk_size = chunk_size;
    options.window = window;
    options.liveness = liveness;
    options.where = actors::threading::scheduled;
    return actors::spawn_link(system.get(), std::move(options));
  }

  /// A fragment of a whole model of node 3, for node 7.
  [[nodiscard]] sharing::parcel model(round_number round, bool replaceable = false) const {
    return {{3, round, learning::fragment_kind::model, replaceable, learning::dense_payload(pool->copy(odd_floats()))},
            sharing::parcel_channel::nodes,
            {7}};
  }

  manual_system system;
  caf::scoped_actor host{system.get()};
  caf::scoped_actor peer{system.get()};
  std::shared_ptr<learning::vector_pool> pool = learning::vector_pool::make(odd_floats().size());
  actors::link_counters_ptr counters = std::make_shared<actors::link_counters>();
  std::shared_ptr<kept_parcels> sink = std::make_shared<kept_parcels>();
  actors::link_actor link;
};

} // namespace rhizome::test
