#include "topologies/graph.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace rhizome::topologies {

/// The same edges seen from their other ends. Lists come out sorted, because their owners are visited in order: two
/// transpositions sort a graph in O(nodes + edges).
graph::adjacency graph::adjacency::transposed() const {
  adjacency other;
  other.offsets.assign(offsets.size(), 0);
  other.nodes.resize(nodes.size());
  other.weights.resize(weights.size());
  for (const node_id node : nodes)
    ++other.offsets[node + 1];
  std::partial_sum(other.offsets.begin(), other.offsets.end(), other.offsets.begin());
  std::vector<std::size_t> next(other.offsets.begin(), other.offsets.end() - 1);
  for (node_id owner = 0; owner + 1 < offsets.size(); ++owner) {
    for (std::size_t i = offsets[owner]; i < offsets[owner + 1]; ++i) {
      const std::size_t place = next[nodes[i]]++;
      other.nodes[place] = owner;
      if (!weights.empty())
        other.weights[place] = weights[i];
    }
  }
  return other;
}

result<graph> graph::directed(std::size_t nodes, std::span<const edge> edges, std::span<const double> weights) {
  if (edges.size() > max_edges)
    return fail(error_kind::invalid_input, "{}", too_many_edges(static_cast<double>(edges.size())));
  for (const auto& [from, to] : edges) {
    if (from >= nodes || to >= nodes)
      return fail(error_kind::invalid_input, "the edge {} -> {} names a node that does not exist: there are {}, from 0",
                  from, to, nodes);
    if (from == to)
      return fail(error_kind::invalid_input, "node {} has an edge to itself", from);
  }

  adjacency unsorted;
  unsorted.offsets.assign(nodes + 1, 0);
  unsorted.nodes.resize(edges.size());
  unsorted.weights.resize(weights.size());
  for (const edge& e : edges)
    ++unsorted.offsets[e.from + 1];
  std::partial_sum(unsorted.offsets.begin(), unsorted.offsets.end(), unsorted.offsets.begin());
  std::vector<std::size_t> next(unsorted.offsets.begin(), unsorted.offsets.end() - 1);
  for (std::size_t i = 0; i < edges.size(); ++i) {
    const std::size_t place = next[edges[i].from]++;
    unsorted.nodes[place] = edges[i].to;
    if (!weights.empty())
      unsorted.weights[place] = weights[i];
  }

  graph made;
  made.in_ = unsorted.transposed();
  made.out_ = made.in_.transposed();
  made.symmetric_ = made.in_.offsets == made.out_.offsets && made.in_.nodes == made.out_.nodes;
  for (node_id node = 0; node < nodes; ++node) {
    const auto list = made.out(node);
    if (const auto twice = std::adjacent_find(list.begin(), list.end()); twice != list.end())
      return fail(error_kind::invalid_input, "the edge {} -> {} is there twice", node, *twice);
  }
  return made;
}

result<graph> graph::undirected(std::size_t nodes, std::span<const edge> edges, std::span<const double> weights) {
  std::vector<edge> both;
  both.reserve(2 * edges.size());
  for (const edge& e : edges) {
    both.push_back(e);
    both.push_back({e.to, e.from});
  }
  std::vector<double> both_weights;
  both_weights.reserve(2 * weights.size());
  for (const double weight : weights)
    both_weights.insert(both_weights.end(), 2, weight);
  return directed(nodes, both, both_weights);
}

graph graph::at_positions(std::vector<position> positions) && {
  positions_ = std::move(positions);
  return std::move(*this);
}

std::vector<edge> graph::edges() const {
  std::vector<edge> all;
  all.reserve(edge_count());
  for (node_id node = 0; node < size(); ++node)
    for (const node_id to : out(node))
      all.push_back({node, to});
  return all;
}

std::string too_many_edges(double edges) {
  if (edges <= static_cast<double>(graph::max_edges))
    return {};
  return fmt::format("the graph would have about {:.3g} directed edges, at most {} are possible; choose fewer nodes or "
                     "neighbours",
                     edges, graph::max_edges);
}

} // namespace rhizome::topologies
