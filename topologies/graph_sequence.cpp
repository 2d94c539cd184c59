#include "topologies/graph_sequence.hpp"

#include <utility>

#include "topologies/metrics.hpp"
#include "topologies/registry.hpp"
#include "topologies/schema.hpp"

namespace rhizome::topologies {

/// How often a random graph is drawn until it is connected.
constexpr int most_draws = 100;

result<graph_sequence> graph_sequence::make(const config::section& parameters, std::size_t nodes, std::uint64_t seed) {
  if (const auto problems = check_numbers(parameters, nodes); !problems.empty())
    return fail(error_kind::invalid_input, "{}: {}", problems.front().key, problems.front().sentence);
  graph_sequence made;
  made.kind_ = find(parameters.text("name"));
  made.parameters_ = parameters;
  made.nodes_ = nodes;
  made.seed_ = seed;
  made.dynamic_ = parameters.boolean("dynamic");
  auto first = made.draw(0);
  if (!first)
    return fail(error_kind::invalid_input, "{}", first.error().message);
  made.first_ = std::move(*first);
  return made;
}

result<graph_ptr> graph_sequence::at(round_number round) const {
  if (dynamic_ && round != 0)
    return draw(round);
  return first_;
}

result<graph_ptr> graph_sequence::draw(round_number round) const {
  random_stream random(seed_, purpose::topology, 0, round);
  const bool redraw = kind_->remedy != nullptr;
  auto drawn = kind_->draw(parameters_, nodes_, random);
  for (int draws = 1; redraw && draws < most_draws && drawn && !is_connected(*drawn); ++draws)
    drawn = kind_->draw(parameters_, nodes_, random);
  if (!drawn)
    return fail(drawn);
  if (is_connected(*drawn))
    return std::make_shared<const graph>(std::move(*drawn));

  const auto parts = strong_components(*drawn);
  const auto state =
      fmt::format("it falls into {} parts, the largest of {} of {} nodes", parts.count, parts.largest(), nodes_);
  if (redraw)
    return fail(error_kind::failed, "none of {} {} graphs for round {} was connected (of the last one: {}): {}",
                most_draws, kind_->schema.name, round, state, kind_->remedy(parameters_, nodes_));
  return fail(error_kind::failed,
              "the graph is not connected: {}; add edges, so that each node can reach each other one", state);
}

} // namespace rhizome::topologies
