#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "core/config/schema.hpp"
#include "core/result.hpp"
#include "core/types.hpp"
#include "topologies/graph.hpp"
#include "topologies/metrics.hpp"
#include "topologies/mixing.hpp"
#include "topologies/spectrum.hpp"

namespace rhizome::topologies {

/// What `rhizome topology` says of the graph of one round.
struct report {
  std::string name;
  bool dynamic = false;
  round_number round = 0;
  std::size_t nodes = 0;
  bool directed = false;
  std::size_t edges = 0; ///< pairs of an undirected graph
  degree_statistics in;
  degree_statistics out;      ///< the same as `in` unless the graph is directed
  std::size_t components = 0; ///< weak ones
  std::size_t strong_components = 0;
  diameter_bounds diameter;
  mixing_rule rule;
  bool symmetric = false; ///< the mixing matrix
  bool doubly_stochastic = false;
  spectrum mixing;
};

/// A graph and what there is to say of it.
struct inspected {
  graph_ptr g;
  report facts;
};

/// Draws the graph of a round and computes all of it. Errors as in view_sequence.
[[nodiscard]] result<inspected> inspect(const config::section& topology, std::size_t nodes, std::uint64_t seed,
                                        round_number round);

/// Aligned lines of text for a reader.
[[nodiscard]] std::string describe(const report& r);

/// The same for programs.
[[nodiscard]] nlohmann::json to_json(const report& r);

} // namespace rhizome::topologies
