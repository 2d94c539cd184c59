#pragma once

#include <string>

#include "core/result.hpp"
#include "topologies/graph.hpp"

namespace rhizome::topologies {

/// The graph in the DOT language of Graphviz, with weights as `weight` attributes.
[[nodiscard]] std::string to_dot(const graph& g);

/// A drawing of 800 x 800 pixels: nodes as discs, with their ids up to 100 nodes, directed edges with arrow heads.
/// invalid_input: above 5,000 nodes or 100,000 edges, where a drawing shows nothing.
[[nodiscard]] result<std::string> to_svg(const graph& g);

} // namespace rhizome::topologies
