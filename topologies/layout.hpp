#pragma once

#include <vector>

#include "topologies/graph.hpp"

namespace rhizome::topologies {

/// Where to draw each node: [nodes], in no particular unit. The graph's own positions where it has some. Otherwise a
/// spring layout (Fruchterman and Reingold, "Graph drawing by force-directed placement", 1991) that starts from a
/// circle in order of id, so that it is the same each time; above 1,000 nodes, where that is slow and shows nothing,
/// the circle.
[[nodiscard]] std::vector<position> lay_out(const graph& g);

} // namespace rhizome::topologies
