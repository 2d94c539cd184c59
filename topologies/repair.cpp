#include "topologies/repair.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "topologies/metrics.hpp"

namespace rhizome::topologies {

namespace {

constexpr node_id gone = std::numeric_limits<node_id>::max();

/// Edges among the present nodes with their weights, if they have any.
struct edge_list {
  std::vector<edge> edges;
  std::vector<double> weights;
};

/// The edges of `g` between nodes that have a number, under these numbers.
edge_list kept_edges(const graph& g, const std::vector<node_id>& number) {
  edge_list kept;
  for (node_id from = 0; from < g.size(); ++from) {
    if (number[from] == gone)
      continue;
    std::size_t place = g.out_offset(from);
    for (const node_id to : g.out(from)) {
      if (number[to] != gone) {
        kept.edges.push_back({number[from], number[to]});
        if (g.has_weights())
          kept.weights.push_back(g.out_weights()[place]);
      }
      ++place;
    }
  }
  return kept;
}

graph make_graph(std::size_t nodes, const edge_list& list) {
  return graph::directed(nodes, list.edges, list.weights).value();
}

/// Of each component the lowest of the nodes with the fewest neighbours.
std::vector<node_id> representatives(const graph& g, const components& parts) {
  const auto degree = [&g](node_id node) { return g.in_degree(node) + g.out_degree(node); };
  std::vector<node_id> chosen(parts.count, gone);
  for (node_id node = 0; node < g.size(); ++node)
    if (auto& best = chosen[parts.of_node[node]]; best == gone || degree(node) < degree(best))
      best = node;
  return chosen;
}

/// The edges that connect a graph: a path through the components that are sinks, then through the sources. Each node
/// reaches a sink, so the last sink, so the first source, so all sources, and from them every node.
std::set<edge> connecting_edges(const graph& g) {
  const auto parts = strong_components(g);
  std::vector<bool> is_sink(parts.count, true);
  std::vector<bool> is_source(parts.count, true);
  for (const auto& [from, to] : g.edges())
    if (parts.of_node[from] != parts.of_node[to])
      is_sink[parts.of_node[from]] = is_source[parts.of_node[to]] = false;
  const auto chosen = representatives(g, parts);
  std::vector<node_id> path;
  for (const auto& wanted : {is_sink, is_source})
    for (std::size_t part = 0; part < parts.count; ++part)
      if (wanted[part])
        path.push_back(chosen[part]);
  std::set<edge> added; // parts that are both sink and source come twice: the path is a ring then
  for (std::size_t i = 1; i < path.size(); ++i)
    if (path[i - 1] != path[i])
      added.insert({path[i - 1], path[i]});
  return added;
}

/// Weighs added edges, which stand in `list` behind those that have weights.
void weigh_added(std::size_t nodes, bool undirected, edge_list& list) {
  const std::size_t kept = list.weights.size();
  std::vector<std::size_t> degree(nodes);
  for (const edge& e : list.edges)
    ++degree[e.to];
  std::vector<double> sum_kept(nodes);
  std::vector<double> sum_added(nodes);
  for (std::size_t i = 0; i < list.edges.size(); ++i) {
    const auto [from, to] = list.edges[i];
    if (i >= kept)
      list.weights.push_back(1 /
                             (1 + static_cast<double>(undirected ? std::max(degree[from], degree[to]) : degree[to])));
    (i < kept ? sum_kept : sum_added)[to] += list.weights[i];
  }
  for (std::size_t i = 0; i < kept; ++i)
    if (const node_id to = list.edges[i].to; sum_added[to] > 0 && sum_kept[to] + sum_added[to] > 1)
      list.weights[i] *= (1 - sum_added[to]) / sum_kept[to];
}

} // namespace

repaired_graph repair(const graph& g, const std::set<node_id>& absent) {
  std::vector<node_id> ids;
  std::vector<node_id> number(g.size(), gone);
  for (node_id node = 0; node < g.size(); ++node)
    if (!absent.contains(node)) {
      number[node] = static_cast<node_id>(ids.size());
      ids.push_back(node);
    }
  auto list = kept_edges(g, number);
  auto left = make_graph(ids.size(), list);
  auto added = connecting_edges(left);
  if (added.empty())
    return {std::move(left), std::move(ids)};
  if (g.is_symmetric())
    for (const auto& [from, to] : std::set(added))
      added.insert({to, from});
  list.edges.insert(list.edges.end(), added.begin(), added.end());
  if (g.has_weights())
    weigh_added(ids.size(), g.is_symmetric(), list);
  return {make_graph(ids.size(), list), std::move(ids)};
}

} // namespace rhizome::topologies
