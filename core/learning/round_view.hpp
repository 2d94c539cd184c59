#pragma once

#include <memory>
#include <vector>

#include "core/types.hpp"

namespace rhizome::learning {

/// One neighbour in one direction.
struct neighbour {
  node_id id = 0;
  double weight = 0; ///< in: the weight that I give its model; out: the weight that it gives mine

  friend bool operator==(const neighbour&, const neighbour&) = default;
};

/// What one node knows of the graph in one round. Both lists are sorted by id and leave out the node itself; the
/// degrees are their sizes.
struct round_view {
  double self_weight = 1;
  std::vector<neighbour> in;
  std::vector<neighbour> out;
  /// For each out-neighbour in turn, all in-neighbours of it, sorted. Empty unless the algorithm asks for them
  /// (secure aggregation does).
  std::vector<std::vector<node_id>> in_neighbours_of_out;
};
using round_view_ptr = std::shared_ptr<const round_view>;

} // namespace rhizome::learning
