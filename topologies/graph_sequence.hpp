#pragma once

#include <cstddef>
#include <cstdint>

#include "core/config/schema.hpp"
#include "core/result.hpp"
#include "core/types.hpp"
#include "topologies/graph.hpp"

namespace rhizome::topologies {

struct topology;

/// The communication graph of each round: one for the whole run, or with `topology.dynamic` a fresh one each round. It
/// can be asked from any thread.
class graph_sequence {
public:
  /// Draws the first graph. invalid_input or bad_data: the values cannot work for so many nodes, a file cannot be read,
  /// or no connected graph was found.
  [[nodiscard]] static result<graph_sequence> make(const config::section& topology, std::size_t nodes,
                                                   std::uint64_t seed);

  [[nodiscard]] bool is_dynamic() const noexcept { return dynamic_; }
  [[nodiscard]] std::size_t nodes() const noexcept { return nodes_; }

  /// The connected graph of a round: a pure function of (configuration, seed, round). A dynamic one is drawn at each
  /// call. failed: no draw was connected (only where the parameters are close to what disconnects a graph).
  [[nodiscard]] result<graph_ptr> at(round_number round) const;

private:
  graph_sequence() = default;
  [[nodiscard]] result<graph_ptr> draw(round_number round) const;

  const topology* kind_ = nullptr;
  config::section parameters_;
  std::size_t nodes_ = 0;
  std::uint64_t seed_ = 0;
  bool dynamic_ = false;
  graph_ptr first_;
};

} // namespace rhizome::topologies
