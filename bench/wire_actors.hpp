#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include <caf/scoped_actor.hpp>

#include "actors/caf_network.hpp"
#include "actors/link.hpp"
#include "actors/system_config.hpp"
#include "bench/wire_pair.hpp"

namespace rhizome::bench {

// The two ways over CAF: the links of a run, and next to no program at all.

using tls_option = std::optional<actors::tls_files>;

// -- how the two ends meet -------------------------------------------------------------------------------------------

/// What the receiver publishes: hands out its end once it knows the other one, as the gate of a host does.
using door_actor = actors::protocol<actors::link_answer(actors::link_offer)>;

class door_state {
public:
  using handle = door_actor;
  static inline const char* name = "door";

  explicit door_state(actors::self_pointer<handle> self) : self_(self) {}
  void prepare(actors::link_actor own_end) { own_end_ = std::move(own_end); }
  door_actor::behavior_type make_behavior() {
    return {[this](const actors::link_offer& offer) {
      self_->send(own_end_, actors::link_opened{offer.link});
      return actors::link_answer{{}, caf::actor_cast<caf::strong_actor_ptr>(own_end_)};
    }};
  }

private:
  actors::self_pointer<handle> self_;
  actors::link_actor own_end_;
};

inline std::uint16_t open_door(caf::actor_system& system, const actors::link_actor& own_end, const tls_option& tls) {
  const auto door = actors::spawn_actor<door_state>(system, actors::threading::scheduled,
                                                    [own_end](door_state& state) { state.prepare(own_end); });
  const auto port = actors::publish(system, door, "127.0.0.1", 0, tls.has_value());
  if (!port)
    give_up(port.error().message);
  return *port;
}

/// Connects the own end with the one behind the door.
inline void meet(caf::actor_system& system, const actors::link_actor& own_end, std::uint16_t port,
                 const tls_option& tls) {
  constexpr std::chrono::seconds patience{10};
  const auto failed = [&system](const caf::error& e) { give_up(system.render(e)); };
  caf::scoped_actor self(system);
  caf::strong_actor_ptr door;
  self->request(actors::network_actor(system, tls.has_value()), patience, actors::connect_order,
                std::string("127.0.0.1"), port)
      .receive([&door](const caf::node_id&, const caf::strong_actor_ptr& found,
                       const std::set<std::string>&) { door = found; },
               failed);
  actors::link_offer offer;
  offer.link = caf::actor_cast<caf::strong_actor_ptr>(own_end);
  self->request(caf::actor_cast<door_actor>(door), patience, offer)
      .receive([&](const actors::link_answer& answer) { self->send(own_end, actors::link_opened{answer.link}); },
               failed);
}

// -- the links of a run ----------------------------------------------------------------------------------------------

class counting_sink final : public actors::parcel_sink {
public:
  explicit counting_sink(receiver& here) : here_(&here) {}
  result<void> deliver(sharing::parcel p) override {
    here_->count(sharing::parcel_wire_size(p.fragment, p.receivers.size()));
    return {};
  }

private:
  receiver* here_;
};

/// The parcel that is sent as the i-th: a model from node 0 to node 1.
inline sharing::parcel make_parcel(std::size_t i, learning::payload_ptr body) {
  sharing::parcel p;
  p.receivers = {1};
  p.fragment.round = static_cast<round_number>(i);
  p.fragment.body = std::move(body);
  return p;
}

inline actors::link_options options_for(const traffic& load, std::size_t values) {
  actors::link_options options;
  options.peer_name = "the other process";
  options.limits.nodes = 2;
  options.pool = learning::vector_pool::make(values);
  options.counters = std::make_shared<actors::link_counters>();
  options.chunk_size = load.chunk;
  options.window = load.window;
  return options;
}

/// Gives the link a parcel whenever few are waiting.
inline void feed(const traffic& load, const actors::link_actor& link, const actors::link_options& options) {
  constexpr std::size_t most_waiting = 16; // what the link sends in several milliseconds
  std::vector<learning::snapshot> models;
  for (std::size_t i = 0; i < load.models; ++i) {
    auto values = options.pool->acquire();
    std::ranges::fill(values->values(), static_cast<float>(i));
    models.push_back(std::move(values));
  }
  for (std::size_t i = 0; i < load.parcels(); ++i) {
    while (i - options.counters->fragments_sent >= most_waiting)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    actors::post(link, actors::send_parcel{make_parcel(i, learning::dense_payload(models[i % models.size()]))});
  }
}

inline carrier links(const traffic& load, std::size_t values, const tls_option& tls) {
  return {[=](receiver& here) {
            actors::system_config config({true, tls});
            caf::actor_system system(config);
            auto options = options_for(load, values);
            options.sink = std::make_shared<counting_sink>(here);
            const auto link = actors::spawn_link(system, options);
            here.listen(open_door(system, link, tls));
            here.finish();
          },
          [=](const sender& here) {
            actors::system_config config({true, tls});
            caf::actor_system system(config);
            const auto options = options_for(load, values);
            const auto link = actors::spawn_link(system, options);
            meet(system, link, here.port(), tls);
            feed(load, link, options);
            here.finish();
          }};
}

// -- next to no program ----------------------------------------------------------------------------------------------

/// Sends the same chunks with the same window, and throws away what comes. It answers to a link's messages, but there
/// is no parcel: the sender's blocks are made beforehand, and nobody looks into them.
class bare_state {
public:
  using handle = actors::link_actor;
  static inline const char* name = "bare";

  explicit bare_state(actors::self_pointer<handle> self) : self_(self) {}
  void prepare(const traffic& load, receiver* here) {
    load_ = load;
    here_ = here;
    if (here_ != nullptr)
      return;
    for (std::size_t i = 0; i < load.models; ++i)
      for (std::size_t offset = 0; offset < load.parcel; offset += load.chunk) {
        const auto size = std::min(load.chunk, load.parcel - offset);
        auto [block, memory] = actors::byte_block::make(size);
        std::fill_n(memory, size, static_cast<std::byte>(i));
        blocks_.push_back(std::move(block));
      }
    to_send_ = load.parcels() * (blocks_.size() / load.models);
  }
  actors::link_actor::behavior_type make_behavior() {
    return {
        [](const actors::send_parcel&) {},
        [this](const actors::link_opened& m) {
          peer_ = caf::actor_cast<actors::link_actor>(m.peer);
          pump();
        },
        [](const actors::close_link&) {},
        [this](const actors::stop_actor&) { self_->quit(); },
        [](const actors::look&) {},
        [this](const actors::chunk& m) {
          here_->count(m.bytes.size());
          taken_in_ += m.bytes.size();
          if (taken_in_ >= load_.window / 4)
            self_->send(peer_, actors::chunk_credit{std::exchange(taken_in_, 0)});
        },
        [this](const actors::chunk_credit& m) {
          in_flight_ -= m.bytes;
          pump();
        },
        [](const actors::heartbeat&) {},
    };
  }

private:
  void pump() {
    for (; sent_ < to_send_ && in_flight_ < load_.window; ++sent_) {
      const auto& block = blocks_[sent_ % blocks_.size()];
      self_->send(peer_, actors::chunk{false, block});
      in_flight_ += block.size();
    }
  }

  actors::self_pointer<handle> self_;
  traffic load_;
  receiver* here_ = nullptr; ///< null: this end sends
  std::vector<actors::byte_block> blocks_;
  actors::link_actor peer_;
  std::size_t to_send_ = 0; ///< blocks
  std::size_t sent_ = 0;
  std::size_t in_flight_ = 0;
  std::size_t taken_in_ = 0;
};

inline carrier bare_actors(const traffic& load, const tls_option& tls) {
  const auto spawn = [load](caf::actor_system& system, receiver* here) {
    return actors::spawn_actor<bare_state>(system, actors::threading::detached,
                                           [load, here](bare_state& state) { state.prepare(load, here); });
  };
  return {[=](receiver& here) {
            actors::system_config config({true, tls});
            caf::actor_system system(config);
            const auto end = spawn(system, &here);
            here.listen(open_door(system, end, tls));
            here.finish();
          },
          [=](const sender& here) {
            actors::system_config config({true, tls});
            caf::actor_system system(config);
            const auto end = spawn(system, nullptr);
            meet(system, end, here.port(), tls);
            here.finish();
          }};
}

} // namespace rhizome::bench
