#pragma once

#include "actors/caf_compat.hpp"
#include "actors/network.hpp"

namespace rhizome::actors {

/// CAF's configuration as this project needs it: control actors and trainers have threads of their own, so one
/// scheduler thread serves all nodes.
class system_config : public caf::actor_system_config {
public:
  explicit system_config(const network_options& network = {});
};

} // namespace rhizome::actors
