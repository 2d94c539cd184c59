#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>

#include <caf/actor_system.hpp>

namespace rhizome::actors {

/// Lets a process leave the network in bounded time, whatever its peers do. Declared before the actor system, so that
/// it goes after it; attach() is the first and begin() the last that is done with the system.
///
/// CAF 0.17 has two traps there. Its broker takes messages that it has not read with it when it stops, and with them
/// references to their senders: if such a sender had a thread of its own, taking down the system waits for that thread
/// for ever. And a connection is closed only when the peer has closed it too: one that is stopped or cut off never
/// does.
class network_closure {
public:
  network_closure() = default;
  network_closure(const network_closure&) = delete;
  network_closure& operator=(const network_closure&) = delete;
  ~network_closure();

  void attach(caf::actor_system& system, bool tls);

  /// Waits until all actors have gone, and with them what the broker had to read of them; the caller holds none any
  /// more. From then on connections have a second to close by themselves.
  void begin();

private:
  void close_the_rest();

  caf::actor_system* system_ = nullptr;
  bool tls_ = false;
  std::size_t threads_of_caf_ = 0; ///< that actors have which we did not spawn
  std::mutex mutex_;
  std::condition_variable system_is_down_;
  bool down_ = false;
  std::thread watcher_;
};

} // namespace rhizome::actors
