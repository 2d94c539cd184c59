#pragma once

// CAF's network layer and its TLS module, which moved between versions.

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/io/middleman.hpp>
#include <caf/openssl/all.hpp>
#include <caf/scoped_actor.hpp>

#include "actors/caf_compat.hpp"
#include "actors/network.hpp"
#include "actors/remote_messages.hpp"

namespace rhizome::actors {

/// Does nothing but bring the functions of openssl_error_queue.cpp into the program.
void keep_openssl_error_queues_clean();

inline void load_network(caf::actor_system_config& config, const network_options& network) {
#if CAF_VERSION < 1800
  config.add_message_types<caf::id_block::rhizome>();
#else
  caf::init_global_meta_objects<caf::id_block::rhizome>();
#endif
  if (!network.enabled)
    return;
  config.load<caf::io::middleman>();
  if (network.tls) {
    config.load<caf::openssl::manager>();
    keep_openssl_error_queues_clean();
#if CAF_VERSION < 1900
    config.openssl_cafile = network.tls->authority;
    config.openssl_certificate = network.tls->certificate;
    config.openssl_key = network.tls->key;
#else
    set_option(config, "openssl.cafile", network.tls->authority);
    set_option(config, "openssl.certificate", network.tls->certificate);
    set_option(config, "openssl.key", network.tls->key);
#endif
  }
}

/// The actor that connects and publishes.
[[nodiscard]] inline caf::io::middleman_actor network_actor(caf::actor_system& system, bool tls) {
  return tls ? system.openssl_manager().actor_handle() : system.middleman().actor_handle();
}

#if CAF_VERSION < 1800
inline constexpr auto connect_order = caf::connect_atom::value;
inline constexpr auto lookup_order = caf::get_atom::value;
inline constexpr auto unpublish_order = caf::unpublish_atom::value;
#else
inline constexpr auto connect_order = caf::connect_atom_v;
inline constexpr auto lookup_order = caf::get_atom_v;
inline constexpr auto unpublish_order = caf::unpublish_atom_v;
#endif

/// Lets others reach an actor at a port of one of this machine's addresses; port 0 takes a free one. The port, or a
/// sentence.
template <class Handle>
[[nodiscard]] result<std::uint16_t> publish(caf::actor_system& system, const Handle& actor, const std::string& address,
                                            std::uint16_t port, bool tls) {
  const auto published = tls ? caf::openssl::publish(actor, port, address.c_str(), true)
                             : system.middleman().publish(actor, port, address.c_str(), true);
  if (!published)
    return fail(error_kind::failed, "{}", system.render(published.error()));
  return *published;
}

/// Takes the actor from its port, which the network layer would hold it at until the end.
template <class Handle>
void unpublish(caf::actor_system& system, const Handle& actor, std::uint16_t port, bool tls) {
  caf::scoped_actor self(system, true);
  self->request(network_actor(system, tls), std::chrono::seconds(1), unpublish_order, actor.address(), port)
      .receive([] {}, [](const caf::error&) {}); // the port had gone
}

#if CAF_VERSION < 1800

/// An actor that shares the thread of CAF's network layer, as its brokers do.
template <class State>
class network_thread_actor final : public caf::stateful_actor<State, typename State::handle::base> {
public:
  using super = caf::stateful_actor<State, typename State::handle::base>;

  network_thread_actor(caf::actor_config& config, std::function<void(State&)> prepare)
      : super(config), prepare_(std::move(prepare)) {}

  using super::enqueue;
  void enqueue(caf::mailbox_element_ptr message, caf::execution_unit*) override {
    super::enqueue(std::move(message), &backend());
  }
  void launch(caf::execution_unit*, bool lazy, bool hide) override { super::launch(&backend(), lazy, hide); }
  caf::resumable::subtype_t subtype() const override { return caf::resumable::io_actor; }

private:
  typename State::handle::behavior_type make_behavior() override {
    std::exchange(prepare_, nullptr)(this->state); // what it holds must not live as long as the last handle
    return this->state.make_behavior();
  }
  [[nodiscard]] caf::io::network::multiplexer& backend() { return this->home_system().middleman().backend(); }

  std::function<void(State&)> prepare_;
};

#endif

/// Spawns an actor that mostly talks to other machines, as spawn_actor does: in the thread that reads from the network,
/// so that what has come is looked at while it is in that processor's cache. (Later versions of CAF read in the
/// receiver's thread.)
template <class State, class Prepare>
[[nodiscard]] typename State::handle spawn_at_network(caf::actor_system& system, Prepare prepare) {
#if CAF_VERSION < 1800
  return system.spawn<network_thread_actor<State>>(std::move(prepare));
#else
  return spawn_actor<State>(system, threading::detached, std::move(prepare));
#endif
}

} // namespace rhizome::actors
