#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/schema.hpp"
#include "core/learning/round_view.hpp"
#include "core/result.hpp"
#include "topologies/graph.hpp"

namespace rhizome::topologies {

/// How much a node trusts each neighbour. d_i is the number of in-neighbours of node i.
enum class weight_rule {
  metropolis_hastings, ///< w_ij = 1 / (1 + max(d_i, d_j)): symmetric, for undirected graphs
  uniform,             ///< w_ij = 1 / (1 + d_i): rows sum to 1, columns only if all degrees are equal; any graph
  max_degree,          ///< w_ij = 1 / (1 + max d): symmetric, for undirected graphs
  best_constant, ///< W = I - a L with a = 2 / (largest + smallest nonzero eigenvalue of the Laplacian L), the best of
                 ///< all constants (Xiao and Boyd, 2004): symmetric, for undirected graphs; self weights may be
                 ///< negative
  file,          ///< the weights in the file of the graph; any graph
  centrality,    ///< w_ij in proportion to 1 / (b_j + 0.01), b_j the betweenness of node j, over the row's neighbours
                 ///< and i itself: hubs, whom all models pass, count for little; any graph, O(nodes x edges)
};

/// A rule, and whether half of each node's trust goes to itself: (I + W) / 2, which makes all eigenvalues of a
/// symmetric W positive.
struct mixing_rule {
  weight_rule weights = weight_rule::metropolis_hastings;
  bool lazy = false;
};

/// The name of a rule in the configuration.
[[nodiscard]] std::string_view name_of(weight_rule rule);

/// The keys `weights` and `lazy` of [topology].
[[nodiscard]] std::vector<config::key> mixing_keys();

/// What these keys say.
[[nodiscard]] mixing_rule find_mixing_rule(const config::section& topology);

/// A mixing matrix W [nodes x nodes] on a graph: x_i <- w_ii x_i + sum over in-neighbours j of w_ij x_j. Rows sum to 1.
struct mixing_weights {
  std::vector<double> self; ///< [nodes] w_ii
  std::vector<double> in;   ///< [edges] w_ij, in the order of all in-lists of the graph, one after the other
  std::vector<double> out;  ///< [edges] the same weights in the order of all out-lists

  /// Whether w_ij = w_ji, and so columns sum to 1 as well.
  [[nodiscard]] bool is_symmetric(const graph& g) const;
  /// Whether columns sum to 1, to 1e-9: then the average of all nodes is kept.
  [[nodiscard]] bool is_doubly_stochastic(const graph& g) const;
};

/// A sentence that says that betweenness would cost too much on so many nodes and directed edges, where the rule asks
/// for it; empty otherwise. A graph of each round has to be cheaper than one for the whole run.
[[nodiscard]] std::string too_costly(const graph& g, const mixing_rule& rule, bool dynamic);

/// Why the rule cannot be used on the graph; empty if it can. Costs O(nodes + edges).
[[nodiscard]] std::string objection(const graph& g, const mixing_rule& rule);

/// The mixing matrix. invalid_input: the rule has an objection to the graph.
[[nodiscard]] result<mixing_weights> mix(const graph& g, const mixing_rule& rule);

/// How much of the graph a round view shows.
enum class view_detail {
  own_neighbours,       ///< the node's own neighbours
  receivers_neighbours, ///< also all in-neighbours of each out-neighbour: secure aggregation needs them
};

/// What one node knows of the round.
[[nodiscard]] learning::round_view make_round_view(const graph& g, const mixing_weights& weights, node_id node,
                                                   view_detail detail = view_detail::own_neighbours);

/// What every node knows of the round: [nodes].
[[nodiscard]] std::vector<learning::round_view_ptr> round_views(const graph& g, const mixing_weights& weights,
                                                                view_detail detail = view_detail::own_neighbours);

} // namespace rhizome::topologies
