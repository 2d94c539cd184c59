#include "topologies/view_sequence.hpp"

#include <utility>

namespace rhizome::topologies {

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

result<std::vector<learning::round_view_ptr>> view_sequence::views(round_number round) const {
  if (is_dynamic() && round != 0)
    return build(round);
  return first_;
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

} // namespace rhizome::topologies
