#pragma once

// Every difference between CAF 0.17 and later versions lives here, so that the actors read the same on all of them.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/config.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/archive.hpp"

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

/// An answer that is given later: a handler returns it.
template <class Answer>
using promise = caf::typed_response_promise<Answer>;

/// The promise to answer the message that is being handled.
template <class Answer, class Self>
[[nodiscard]] promise<Answer> make_promise(Self* self) {
  return self->template make_response_promise<promise<Answer>>();
}

/// Sends from outside of any actor.
template <class Handle, class Message>
void post(const Handle& to, Message&& message) {
  caf::anon_send(to, std::forward<Message>(message));
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

/// The time by which an actor's timers go: under the deterministic scheduler it is the test's.
template <class Self>
[[nodiscard]] std::chrono::steady_clock::time_point now_of(Self* self) {
  return self->system().clock().now();
}

/// Calls `lost(reason, who)` when one of the actors that are watched from now on ends other than in order; of
/// `indispensable` any end counts. One callback for each watching actor.
template <class Self, class Callback>
void when_lost(Self* self, Callback lost, const caf::actor_addr& indispensable = {}) {
  self->set_down_handler([self, lost, indispensable](const caf::down_msg& down) {
    const bool in_order = !down.reason || down.reason == caf::exit_reason::user_shutdown;
    if (!in_order || (indispensable && down.source == indispensable))
      lost(self->system().render(down.reason), down.source);
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

/// Handles of actors are CAF's to write; a message that has some names them in `handles(message)`, a std::tie.
template <class Message>
concept has_handles = requires(Message& message) {
  handles(message);
};

/// Writes or reads a message that crosses machines: its handles, then its fields as one block of bytes.
template <class Inspector, has_fields<byte_writer> Message>
typename Inspector::result_type inspect(Inspector& f, Message& message) {
#if CAF_VERSION < 1800
  const auto apply = [&](auto&... parts) {
    if constexpr (std::is_same_v<Inspector, caf::serializer>) {
      auto bytes = to_bytes(message);
      return f(parts..., bytes);
    } else if constexpr (std::is_same_v<Inspector, caf::deserializer>) {
      std::vector<char> bytes;
      if (auto failed = f(parts..., bytes))
        return failed;
      return from_bytes(bytes, message) ? caf::error{} : caf::error{caf::sec::invalid_argument};
    } else { // a text for logging
      return f(caf::meta::type_name("message"));
    }
  };
  if constexpr (has_handles<Message>)
    return std::apply(apply, handles(message));
  else
    return apply();
#else
  const auto apply = [&](auto&... parts) {
    auto get = [&] { return to_bytes(message); };
    auto set = [&](const std::vector<char>& bytes) { return from_bytes(bytes, message); };
    return f.object(message).fields(f.field("handle", parts)..., f.field("bytes", get, set));
  };
  if constexpr (has_handles<Message>)
    return std::apply(apply, handles(message));
  else
    return apply();
#endif
}

/// Bytes that a message carries, shared by reference in its process. What is sent may lie in several places: it is
/// gathered while it is copied onto the wire. What was received is one piece.
struct byte_block {
  /// The most that one message may hold, in bytes: a header that says more is refused before memory is taken.
  static constexpr std::size_t most = (std::size_t{1} << 20) + 4096;

  std::shared_ptr<const void> owner; ///< keeps the pieces
  std::array<std::span<const std::byte>, 5> pieces{};

  /// One piece of uninitialised memory, and where to write it.
  [[nodiscard]] static std::pair<byte_block, std::byte*> make(std::size_t size) {
    const std::shared_ptr<std::byte[]> memory(new std::byte[size]);
    return {{memory, {std::span<const std::byte>(memory.get(), size)}}, memory.get()};
  }
  [[nodiscard]] std::size_t size() const noexcept {
    std::size_t sum = 0;
    for (const auto& piece : pieces)
      sum += piece.size();
    return sum;
  }
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, byte_block& block) {
#if CAF_VERSION < 1800
  if constexpr (std::is_same_v<Inspector, caf::serializer>) {
    auto size = block.size();
    if (auto failed = f.begin_sequence(size))
      return failed;
    for (const auto& piece : block.pieces)
      if (auto failed = f.apply_raw(piece.size(), const_cast<std::byte*>(piece.data())))
        return failed;
    return f.end_sequence();
  } else if constexpr (std::is_same_v<Inspector, caf::deserializer>) {
    std::size_t size = 0;
    if (auto failed = f.begin_sequence(size))
      return failed;
    if (size > byte_block::most)
      return caf::sec::invalid_argument;
    auto [made, memory] = byte_block::make(size);
    if (auto failed = f.apply_raw(size, memory))
      return failed;
    block = std::move(made);
    return f.end_sequence();
  } else {
    return f(caf::meta::type_name("bytes"));
  }
#else
  if constexpr (Inspector::is_loading) {
    std::size_t size = 0;
    if (!f.begin_sequence(size) || size > byte_block::most)
      return false;
    auto [made, memory] = byte_block::make(size);
    block = std::move(made);
    return f.value(caf::span<caf::byte>(reinterpret_cast<caf::byte*>(memory), size)) && f.end_sequence();
  } else {
    if (!f.begin_sequence(block.size()))
      return false;
    for (const auto& piece : block.pieces)
      if (!f.value(caf::span<const caf::byte>(reinterpret_cast<const caf::byte*>(piece.data()), piece.size())))
        return false;
    return f.end_sequence();
  }
#endif
}

} // namespace rhizome::actors

/// A message that never leaves its process: it is moved between actors as it is, and CAF refuses to serialize it.
#define RHIZOME_LOCAL_MESSAGE(type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(type)
