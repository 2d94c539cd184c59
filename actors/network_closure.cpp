#include "actors/network_closure.hpp"

#include <chrono>

#include <caf/scoped_actor.hpp>

#include "actors/caf_network.hpp"
#include "actors/sockets.hpp"

namespace rhizome::actors {

namespace {

constexpr std::chrono::seconds time_to_read{5};
constexpr std::chrono::seconds time_to_close{1};
constexpr std::chrono::milliseconds look_again_after{1};

} // namespace

network_closure::~network_closure() {
  {
    const std::scoped_lock lock(mutex_);
    down_ = true;
  }
  system_is_down_.notify_all();
  if (watcher_.joinable())
    watcher_.join();
}

void network_closure::attach(caf::actor_system& system, bool tls) {
  system_ = &system;
  tls_ = tls;
  threads_of_caf_ = system.detached_actors();
}

void network_closure::begin() {
  if (system_ == nullptr)
    return;
  system_->await_all_actors_done();
  const auto deadline = std::chrono::steady_clock::now() + time_to_read;
  // An actor counts as done before it has told those that watch it, so that one answer of the broker is not enough.
  const auto let_broker_read = [this] {
    caf::scoped_actor self(*system_, true);
    self->request(network_actor(*system_, tls_), time_to_read, lookup_order, system_->node())
        .receive([](const caf::node_id&, const std::string&, std::uint16_t) {}, [](const caf::error&) {});
  };
  let_broker_read();
  while (system_->detached_actors() > threads_of_caf_ && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(look_again_after);
    let_broker_read();
  }
  watcher_ = std::thread([this] { close_the_rest(); });
}

void network_closure::close_the_rest() {
  std::unique_lock lock(mutex_);
  while (!system_is_down_.wait_for(lock, time_to_close, [this] { return down_; }))
    for (const auto& connection : list_connections())
      shut_down(connection);
}

} // namespace rhizome::actors
