#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "core/learning/round_view.hpp"
#include "core/types.hpp"
#include "topologies/graph_sequence.hpp"
#include "topologies/mixing.hpp"

namespace rhizome::topologies {

/// What each node knows in each round: graphs with their mixing weights. It can be asked from any thread. Views of a
/// static graph are made once and shared, those of a repaired one until other nodes are absent.
class view_sequence {
public:
  /// Everything from [topology]. Errors as in graph_sequence::make; also invalid_input: the weight rule has an
  /// objection to the first graph.
  [[nodiscard]] static result<view_sequence> make(const config::section& topology, std::size_t nodes,
                                                  std::uint64_t seed, view_detail detail = view_detail::own_neighbours);

  /// The views of all nodes: [nodes]. A pure function of (configuration, seed, round, absent). Without the absent nodes
  /// the graph is repaired, and the weight rule applied to what results; an absent node's view is null. failed: as in
  /// graph_sequence::at.
  [[nodiscard]] result<std::vector<learning::round_view_ptr>> views(round_number round,
                                                                    const std::set<node_id>& absent = {}) const;

  [[nodiscard]] bool is_dynamic() const noexcept { return graphs_.is_dynamic(); }
  [[nodiscard]] const graph_sequence& graphs() const noexcept { return graphs_; }
  [[nodiscard]] const mixing_rule& rule() const noexcept { return rule_; }

private:
  explicit view_sequence(graph_sequence graphs) : graphs_(std::move(graphs)) {}
  [[nodiscard]] result<std::vector<learning::round_view_ptr>> build(round_number round) const;
  [[nodiscard]] result<std::vector<learning::round_view_ptr>> build_without(const std::set<node_id>& absent,
                                                                            round_number round) const;

  /// The views of a static graph without some nodes that were asked for last: the same are asked for each round.
  struct repaired_views {
    std::mutex mutex;
    std::set<node_id> absent;
    std::vector<learning::round_view_ptr> views;
  };

  graph_sequence graphs_;
  mixing_rule rule_;
  view_detail detail_ = view_detail::own_neighbours;
  std::vector<learning::round_view_ptr> first_;
  std::shared_ptr<repaired_views> repaired_ = std::make_shared<repaired_views>();
};

} // namespace rhizome::topologies
