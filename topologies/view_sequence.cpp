#include "topologies/view_sequence.hpp"

#include <utility>

#include "topologies/repair.hpp"

namespace rhizome::topologies {

namespace {

/// The view with each node's id in place of its number.
learning::round_view renamed(learning::round_view view, const std::vector<node_id>& ids) {
  for (auto* list : {&view.in, &view.out})
    for (auto& neighbour : *list)
      neighbour.id = ids[neighbour.id];
  for (auto& senders : view.in_neighbours_of_out)
    for (auto& sender : senders)
      sender = ids[sender];
  return view;
}

} // namespace

result<view_sequence> view_sequence::make(const config::section& topology, std::size_t nodes, std::uint64_t seed,
                                          view_detail detail) {
  auto graphs = graph_sequence::make(topology, nodes, seed);
  if (!graphs)
    return fail(graphs);
  view_sequence made(std::move(*graphs));
  made.rule_ = find_mixing_rule(topology);
  made.detail_ = detail;
  auto first = made.build(0);
  if (!first)
    return fail(first);
  made.first_ = std::move(*first);
  return made;
}

result<std::vector<learning::round_view_ptr>> view_sequence::views(round_number round,
                                                                   const std::set<node_id>& absent) const {
  const bool static_graph = !is_dynamic() || round == 0;
  if (absent.empty())
    return static_graph ? first_ : build(round);
  if (!static_graph)
    return build_without(absent, round);
  const std::scoped_lock lock(repaired_->mutex);
  if (repaired_->absent != absent) {
    auto made = build_without(absent, 0);
    if (!made)
      return made;
    repaired_->absent = absent;
    repaired_->views = std::move(*made);
  }
  return repaired_->views;
}

result<std::vector<learning::round_view_ptr>> view_sequence::build(round_number round) const {
  const auto g = graphs_.at(round);
  if (!g)
    return fail(g);
  const auto weights = mix(**g, rule_);
  if (!weights)
    return fail(weights);
  return round_views(**g, *weights, detail_);
}

result<std::vector<learning::round_view_ptr>> view_sequence::build_without(const std::set<node_id>& absent,
                                                                           round_number round) const {
  const auto g = graphs_.at(round);
  if (!g)
    return fail(g);
  const auto [links, ids] = repair(**g, absent);
  const auto weights = mix(links, rule_);
  if (!weights)
    return fail(weights);
  std::vector<learning::round_view_ptr> views((*g)->size());
  for (node_id node = 0; node < ids.size(); ++node)
    views[ids[node]] =
        std::make_shared<const learning::round_view>(renamed(make_round_view(links, *weights, node, detail_), ids));
  return views;
}

} // namespace rhizome::topologies
