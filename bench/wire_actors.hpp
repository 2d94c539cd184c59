#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <caf/scoped_actor.hpp>

#include "actors/caf_network.hpp"
#include "actors/link.hpp"
#include "actors/system_config.hpp"
#include "bench/wire_pair.hpp"

namespace rhizome::bench {

/// Bytes in a container that CAF can carry by itself.
struct vector_chunk {
  std::vector<char> bytes;
};

template <class Inspector>
auto inspect(Inspector& f, vector_chunk& c) {
#if CAF_VERSION < 1800
  return f(caf::meta::type_name("vector_chunk"), c.bytes);
#else
  return f.object(c).fields(f.field("bytes", c.bytes));
#endif
}

} // namespace rhizome::bench

CAF_BEGIN_TYPE_ID_BLOCK(rhizome_bench, caf::id_block::rhizome::end)
CAF_ADD_TYPE_ID(rhizome_bench, (rhizome::bench::vector_chunk))
CAF_END_TYPE_ID_BLOCK(rhizome_bench)

namespace rhizome::bench {

// The ways over CAF: the links of a run, and next to no program at all with this project's messages or CAF's own.

using tls_option = std::optional<actors::tls_files>;

// -- how the two ends meet -------------------------------------------------------------------------------------------

/// What the receiver publishes: hands out its end once it knows the other one, as the gate of a host does.
using door_actor = actors::protocol<actors::link_answer(actors::link_offer)>;

template <class End>
class door_state {
public:
  using handle = door_actor;
  static inline const char* name = "door";

  explicit door_state(actors::self_pointer<handle> self) : self_(self) {}
  void prepare(End own_end) { own_end_ = std::move(own_end); }
  door_actor::behavior_type make_behavior() {
    return {[this](const actors::link_offer& offer) {
      self_->send(own_end_, actors::link_opened{offer.link});
      return actors::link_answer{{}, caf::actor_cast<caf::strong_actor_ptr>(own_end_)};
    }};
  }

private:
  actors::self_pointer<handle> self_;
  End own_end_;
};

template <class End>
std::uint16_t open_door(caf::actor_system& system, const End& own_end, const tls_option& tls) {
  const auto door = actors::spawn_actor<door_state<End>>(system, actors::threading::scheduled,
                                                         [own_end](auto& state) { state.prepare(own_end); });
  const auto port = actors::publish(system, door, "127.0.0.1", 0, tls.has_value());
  if (!port)
    give_up(port.error().message);
  return *port;
}

/// Connects the own end with the one behind the door.
template <class End>
void meet(caf::actor_system& system, const End& own_end, std::uint16_t port, const tls_option& tls) {
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

/// This project's chunks: their bytes are made beforehand, shared by every message, and never looked into.
struct block_messages {
  using handle = actors::link_actor;
  using message = actors::chunk;
  using source = actors::byte_block;

  static source make_source(std::size_t size, std::size_t model) {
    auto [block, memory] = actors::byte_block::make(size);
    std::fill_n(memory, size, static_cast<std::byte>(model));
    return block;
  }
  static message make_message(const source& block) { return {false, block}; }
  static std::size_t size_of(const message& m) { return m.bytes.size(); }
};

/// What a CAF program would do: each message holds its bytes in a container that CAF can carry by itself.
struct vector_messages {
  using message = vector_chunk;
  using handle = actors::protocol<void(actors::link_opened), void(message), void(actors::chunk_credit)>;
  using source = std::vector<char>;

  static source make_source(std::size_t size, std::size_t model) { return source(size, static_cast<char>(model)); }
  static message make_message(const source& bytes) { return {bytes}; }
  static std::size_t size_of(const message& m) { return m.bytes.size(); }
};

/// Sends the same chunks with the same window, and throws away what comes: there is no parcel.
template <class Messages>
class bare_state {
public:
  using handle = typename Messages::handle;
  static inline const char* name = "bare";

  explicit bare_state(actors::self_pointer<handle> self) : self_(self) {}
  void prepare(const traffic& load, receiver* here) {
    load_ = load;
    here_ = here;
    if (here_ != nullptr)
      return;
    for (std::size_t i = 0; i < load.models; ++i)
      for (std::size_t offset = 0; offset < load.parcel; offset += load.chunk)
        sources_.push_back(Messages::make_source(std::min(load.chunk, load.parcel - offset), i));
    to_send_ = load.parcels() * (sources_.size() / load.models);
  }
  typename handle::behavior_type make_behavior() {
    auto opened = [this](const actors::link_opened& m) {
      peer_ = caf::actor_cast<handle>(m.peer);
      pump();
    };
    auto came = [this](const typename Messages::message& m) { take(Messages::size_of(m)); };
    auto credited = [this](const actors::chunk_credit& m) {
      in_flight_ -= m.bytes;
      pump();
    };
    if constexpr (std::is_same_v<handle, actors::link_actor>)
      return {[](const actors::send_parcel&) {},
              std::move(opened),
              [](const actors::close_link&) {},
              [this](const actors::stop_actor&) { self_->quit(); },
              [](const actors::look&) {},
              std::move(came),
              std::move(credited),
              [](const actors::heartbeat&) {}};
    else
      return {std::move(opened), std::move(came), std::move(credited)};
  }

private:
  void take(std::size_t size) {
    here_->count(size);
    taken_in_ += size;
    if (taken_in_ >= load_.window / 4)
      self_->send(peer_, actors::chunk_credit{std::exchange(taken_in_, 0)});
  }
  void pump() {
    for (; sent_ < to_send_ && in_flight_ < load_.window; ++sent_) {
      auto message = Messages::make_message(sources_[sent_ % sources_.size()]);
      in_flight_ += Messages::size_of(message);
      self_->send(peer_, std::move(message));
    }
  }

  actors::self_pointer<handle> self_;
  traffic load_;
  receiver* here_ = nullptr; ///< null: this end sends
  std::vector<typename Messages::source> sources_;
  handle peer_;
  std::size_t to_send_ = 0; ///< messages
  std::size_t sent_ = 0;
  std::size_t in_flight_ = 0;
  std::size_t taken_in_ = 0;
};

template <class Messages>
carrier bare_actors(const traffic& load, const tls_option& tls) {
  const auto spawn = [load](caf::actor_system& system, receiver* here) {
    return actors::spawn_actor<bare_state<Messages>>(system, actors::threading::detached,
                                                     [load, here](auto& state) { state.prepare(load, here); });
  };
  return {[=](receiver& here) {
            actors::system_config config({true, tls});
            config.add_message_types<caf::id_block::rhizome_bench>();
            caf::actor_system system(config);
            const auto end = spawn(system, &here);
            here.listen(open_door(system, end, tls));
            here.finish();
          },
          [=](const sender& here) {
            actors::system_config config({true, tls});
            config.add_message_types<caf::id_block::rhizome_bench>();
            caf::actor_system system(config);
            const auto end = spawn(system, nullptr);
            meet(system, end, here.port(), tls);
            here.finish();
          }};
}

} // namespace rhizome::bench
