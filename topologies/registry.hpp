#pragma once

#include <span>
#include <string_view>

#include "topologies/topology.hpp"

namespace rhizome::topologies {

/// Every topology, in the order in which they are listed; the first is the default.
[[nodiscard]] std::span<const topology> all();

/// The topology of that name; null if there is none.
[[nodiscard]] const topology* find(std::string_view name);

} // namespace rhizome::topologies
