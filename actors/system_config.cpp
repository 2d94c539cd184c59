#include "actors/system_config.hpp"

#include <string>
#include <vector>

#include "actors/caf_network.hpp"

namespace rhizome::actors {

system_config::system_config(const network_options& network) {
  set_scheduler_policy(*this, "sharing"); // sleeps on a condition variable: an idle worker costs the trainers nothing
  set_option(*this, "scheduler.max-threads", std::size_t{1});
  set_option(*this, "scheduler.max-throughput", std::size_t{10});
  load_network(*this, network);
  // Messages are read where they arrive, in order; the links have heartbeats of their own; no port is opened by itself.
  set_option(*this, "middleman.workers", std::size_t{0});
  set_option(*this, "middleman.enable-automatic-connections", false);
  set_option(*this, "middleman.app-identifiers", std::vector<std::string>{"rhizome.wire.v2"});
}

} // namespace rhizome::actors
