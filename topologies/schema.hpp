#pragma once

#include <cstddef>
#include <vector>

#include "core/config/schema.hpp"

namespace rhizome::topologies {

/// The schema of [topology]. Its check needs `experiment.nodes` and `experiment.seed`; it draws the first graph, so
/// that a graph that cannot work is found before anything starts.
[[nodiscard]] config::section_schema schema();

/// What is wrong with the numbers of [topology] for so many nodes, without drawing a graph.
[[nodiscard]] std::vector<config::problem> check_numbers(const config::section& topology, std::size_t nodes);

} // namespace rhizome::topologies
