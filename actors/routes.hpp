#pragma once

#include <memory>
#include <vector>

#include "actors/link_actor.hpp"
#include "actors/node_actor.hpp"
#include "core/network/placement.hpp"

namespace rhizome::actors {

/// Where the nodes are, as one host sees it: filled while its actors are spawned, read-only once they begin.
struct routes {
  std::shared_ptr<const network::placement> placement;
  host_id self = 0;
  std::vector<node_actor> nodes; ///< [nodes] handles of those placed here, the others empty
  std::vector<link_actor> links; ///< [hosts] to the others; the own place is empty

  [[nodiscard]] bool is_here(node_id node) const { return placement->host_of(node) == self; }
};
using routes_ptr = std::shared_ptr<const routes>;

} // namespace rhizome::actors
