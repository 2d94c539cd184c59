#pragma once

#include <cstddef>
#include <vector>

#include "core/config/schema.hpp"
#include "core/result.hpp"
#include "topologies/graph.hpp"

namespace rhizome::topologies {

/// Rows and columns of a grid or torus. Node r * columns + c lies in row r and column c.
struct lattice {
  std::size_t rows = 1;
  std::size_t columns = 1;
};

/// The keys `rows` and `columns` that grid and torus share. 0 means: whatever fits the other and experiment.nodes, and
/// as square as possible if both are 0.
[[nodiscard]] std::vector<config::key> lattice_keys();

/// The lattice that these keys ask for. invalid_input: rows times columns is not the number of nodes.
[[nodiscard]] result<lattice> find_lattice(const config::section& parameters, std::size_t nodes);

/// Where its nodes lie, one unit apart.
[[nodiscard]] std::vector<position> positions(const lattice& l);

} // namespace rhizome::topologies
