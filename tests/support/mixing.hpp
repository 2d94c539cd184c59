#pragma once

// Small dense graphs and mixing matrices for tests below topologies/. W[i][j] is the weight that i gives to j's model;
// an edge j -> i is there where W[i][j] > 0.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <set>
#include <vector>

#include "core/learning/round_view.hpp"
#include "core/random.hpp"

namespace rhizome::test {

using matrix = std::vector<std::vector<double>>;
using adjacency = std::vector<std::vector<bool>>;
using view_function = std::function<learning::round_view_ptr(node_id, round_number)>;
using repaired_view_function =
    std::function<learning::round_view_ptr(node_id, round_number, const std::set<node_id>& absent)>;

[[nodiscard]] inline adjacency no_edges(std::uint32_t n) {
  return adjacency(n, std::vector<bool>(n, false));
}

[[nodiscard]] inline adjacency ring(std::uint32_t n) {
  auto edges = no_edges(n);
  for (std::uint32_t i = 0; n > 1 && i < n; ++i)
    edges[i][(i + 1) % n] = edges[(i + 1) % n][i] = true;
  return edges;
}

[[nodiscard]] inline adjacency complete(std::uint32_t n) {
  adjacency edges(n, std::vector<bool>(n, true));
  for (std::uint32_t i = 0; i < n; ++i)
    edges[i][i] = false;
  return edges;
}

/// The union of `cycles` random Hamiltonian cycles: connected, degrees up to 2 x cycles; another one for each index.
[[nodiscard]] inline adjacency random_cycles(std::uint32_t n, std::uint32_t cycles, std::uint64_t seed,
                                             std::uint32_t index) {
  auto edges = no_edges(n);
  random_stream random(seed, purpose::topology, 0, index);
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0U);
  for (std::uint32_t c = 0; c < cycles; ++c) {
    random.shuffle(std::span(order));
    for (std::uint32_t i = 0; i < n; ++i)
      edges[order[i]][order[(i + 1) % n]] = edges[order[(i + 1) % n]][order[i]] = true;
  }
  return edges;
}

/// The edges between nodes that are not absent.
[[nodiscard]] inline adjacency without(adjacency edges, const std::set<node_id>& absent) {
  for (std::size_t i = 0; i < edges.size(); ++i)
    for (const node_id gone : absent)
      edges[i][gone] = edges[gone][i] = false;
  return edges;
}

/// Metropolis-Hastings weights of an undirected graph, 1 / (1 + max(d_i, d_j)): symmetric and doubly stochastic.
[[nodiscard]] inline matrix metropolis_hastings(const adjacency& edges) {
  const std::size_t n = edges.size();
  const auto degree = [&](std::size_t i) { return std::count(edges[i].begin(), edges[i].end(), true); };
  matrix weights(n, std::vector<double>(n, 0.0));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j)
      if (edges[i][j])
        weights[i][j] = 1.0 / static_cast<double>(1 + std::max(degree(i), degree(j)));
    weights[i][i] = 1 - std::accumulate(weights[i].begin(), weights[i].end(), 0.0);
  }
  return weights;
}

/// What node i sees of the graph that the matrix describes.
[[nodiscard]] inline learning::round_view_ptr view_of(const matrix& weights, node_id i) {
  auto view = std::make_shared<learning::round_view>();
  view->self_weight = weights[i][i];
  for (node_id j = 0; j < weights.size(); ++j) {
    if (j != i && weights[i][j] > 0)
      view->in.push_back({j, weights[i][j]});
    if (j == i || !(weights[j][i] > 0))
      continue;
    view->out.push_back({j, weights[j][i]});
    auto& senders = view->in_neighbours_of_out.emplace_back();
    for (node_id k = 0; k < weights.size(); ++k)
      if (k != j && weights[j][k] > 0)
        senders.push_back(k);
  }
  return view;
}

[[nodiscard]] inline view_function static_views(matrix weights) {
  return [weights = std::move(weights)](node_id node, round_number) { return view_of(weights, node); };
}

/// The matrix of round r is `weights(r)`, made once per round.
[[nodiscard]] inline view_function dynamic_views(std::function<matrix(round_number)> weights) {
  auto made = std::make_shared<std::vector<matrix>>();
  return [weights = std::move(weights), made](node_id node, round_number round) {
    while (made->size() <= round)
      made->push_back(weights(static_cast<round_number>(made->size())));
    return view_of((*made)[round], node);
  };
}

/// No edges: for algorithms that use no graph.
[[nodiscard]] inline view_function no_views() {
  return [](node_id, round_number) { return std::make_shared<const learning::round_view>(); };
}

} // namespace rhizome::test
