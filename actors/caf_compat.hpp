#pragma once

// Every difference between CAF 0.17 and later versions lives here, so that the actors read the same on all of them.

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/config.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace rhizome::actors {

namespace compat {

template <class Signature>
struct signature;

#if CAF_VERSION < 1800
template <class... Args>
struct signature<void(Args...)> {
  using type = caf::reacts_to<Args...>;
};
template <class Result, class... Args>
struct signature<Result(Args...)> {
  using type = typename caf::replies_to<Args...>::template with<Result>;
};
#else
template <class Result, class... Args>
struct signature<Result(Args...)> {
  using type = caf::result<Result>(Args...);
};
#endif

} // namespace compat

/// A typed handle by the functions that it stands for: `protocol<void(stop), status(get_status)>`.
template <class... Signatures>
using protocol = caf::typed_actor<typename compat::signature<Signatures>::type...>;

/// The pointer through which an actor's state talks to CAF. A state is made from it alone.
template <class Handle>
using self_pointer = typename Handle::pointer;

/// Whether an actor has a thread of its own. Under the deterministic scheduler of the tests none has.
enum class threading : std::uint8_t {
  scheduled, ///< shares CAF's scheduler threads
  detached,  ///< a thread of its own
};

/// Spawns an actor whose state is `State`; `prepare(state)` hands it its options before its first message.
template <class State, class Prepare>
[[nodiscard]] typename State::handle spawn_actor(caf::actor_system& system, threading where, Prepare prepare) {
  using handle = typename State::handle;
  const auto body = [](typename handle::template stateful_pointer<State> self, const Prepare& prepare_state) ->
      typename handle::behavior_type {
        prepare_state(self->state);
        return self->state.make_behavior();
      };
  if (where == threading::detached)
    return system.spawn<caf::detached>(body, std::move(prepare));
  return system.spawn(body, std::move(prepare));
}

/// Sends to an actor or, where the handle is empty, to nobody.
template <class Self, class Handle, class Message>
void tell(Self* self, const Handle& to, Message&& message) {
  if (to)
    self->send(to, std::forward<Message>(message));
}

/// Sends a message to oneself after a while. There is no cancelling: a receiver ignores what has become stale.
template <class Self, class Message>
void tell_later(Self* self, std::chrono::nanoseconds after, Message&& message) {
  self->delayed_send(self, after, std::forward<Message>(message));
}

/// Calls `lost(reason)` when one of the actors that are watched from now on ends other than in order. One callback for
/// each watching actor.
template <class Self, class Callback>
void when_lost(Self* self, Callback lost) {
  self->set_down_handler([self, lost](const caf::down_msg& down) {
    if (down.reason && down.reason != caf::exit_reason::user_shutdown)
      lost(self->system().render(down.reason));
  });
}

template <class Self, class Handle>
void watch(Self* self, const Handle& other) {
  self->monitor(other);
}

template <class Value>
void set_option(caf::actor_system_config& config, const std::string& key, Value value) {
#if CAF_VERSION < 1800
  config.set(key, value);
#else
  config.set("caf." + key, value);
#endif
}

#if CAF_VERSION < 1800
/// Scheduler policies are atoms in 0.17.
inline void set_scheduler_policy(caf::actor_system_config& config, const std::string& name) {
  config.set("scheduler.policy", caf::atom_from_string(name));
}
#else
inline void set_scheduler_policy(caf::actor_system_config& config, const std::string& name) {
  config.set("caf.scheduler.policy", name);
}
#endif

} // namespace rhizome::actors

/// A message that never leaves its process: it is moved between actors as it is, and CAF refuses to serialize it. What
/// crosses machines travels as bytes through the wire format of core/sharing.
#define RHIZOME_LOCAL_MESSAGE(type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(type)
