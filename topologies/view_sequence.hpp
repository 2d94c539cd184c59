#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/learning/round_view.hpp"
#include "core/types.hpp"
#include "topologies/graph_sequence.hpp"
#include "topologies/mixing.hpp"

namespace rhizome::topologies {

/// What each node knows in each round: graphs with their mixing weights. It can be asked from any thread. Views of a
/// static graph are made once and shared.
class view_sequence {
public:
  /// Everything from [topology]. Errors as in graph_sequence::make; also invalid_input: the weight rule has an
  /// objection to the first graph.
  [[nodiscard]] static result<view_sequence> make(const config::section& topology, std::size_t nodes,
                                                  std::uint64_t seed, view_detail detail = view_detail::own_neighbours);

  /// The views of all nodes: [nodes]. A pure function of (configuration, seed, round). failed: as in
  /// graph_sequence::at.
  [[nodiscard]] result<std::vector<learning::round_view_ptr>> views(round_number round) const;

  [[nodiscard]] bool is_dynamic() const noexcept { return graphs_.is_dynamic(); }
  [[nodiscard]] const graph_sequence& graphs() const noexcept { return graphs_; }
  [[nodiscard]] const mixing_rule& rule() const noexcept { return rule_; }

private:
  explicit view_sequence(graph_sequence graphs) : graphs_(std::move(graphs)) {}
  [[nodiscard]] result<std::vector<learning::round_view_ptr>> build(round_number round) const;

  graph_sequence graphs_;
  mixing_rule rule_;
  view_detail detail_ = view_detail::own_neighbours;
  std::vector<learning::round_view_ptr> first_;
};

} // namespace rhizome::topologies
