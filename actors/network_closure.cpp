#include "actors/network_closure.hpp"

#include <chrono>

#include <caf/scoped_actor.hpp>

#include "actors/caf_network.hpp"
#include "actors/sockets.hpp"

namespace rhizome::actors {

namespace {

constexpr std::chrono::seconds time_to_read{5};
constexpr std::chrono::seconds time_to_close{1};

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

void network_closure::begin(caf::actor_system& system, bool tls) {
  system.await_all_actors_done();
  // The broker reads in order of arrival: when it answers, it has read everything before.
  caf::scoped_actor self(system, true);
  self->request(network_actor(system, tls), time_to_read, lookup_order, system.node())
      .receive([](const caf::node_id&, const std::string&, std::uint16_t) {}, [](const caf::error&) {});
  watcher_ = std::thread([this] { close_the_rest(); });
}

void network_closure::close_the_rest() {
  std::unique_lock lock(mutex_);
  while (!system_is_down_.wait_for(lock, time_to_close, [this] { return down_; }))
    for (const auto& connection : list_connections())
      shut_down(connection);
}

} // namespace rhizome::actors
