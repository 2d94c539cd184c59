#pragma once

#include <compare>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "core/result.hpp"
#include "core/types.hpp"

namespace rhizome::topologies {

/// A directed edge: `from` sends its model to `to`.
struct edge {
  node_id from = 0;
  node_id to = 0;

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the 0 that orderings are compared with for a pointer
  friend auto operator<=>(const edge&, const edge&) = default;
};

/// Where a node lies in the plane. No unit; drawings scale it.
struct position {
  double x = 0;
  double y = 0;
};

/// An immutable directed graph without self loops and double edges: compressed lists of out- and in-neighbours, each
/// sorted by id. An undirected graph has both directions of each edge.
class graph {
public:
  /// Largest number of directed edges: those of a complete graph of 16,384 nodes.
  static constexpr std::size_t max_edges = std::size_t{1} << 28;

  /// The graph of exactly these edges. `weights` is empty or has one number an edge. invalid_input: a self loop, a
  /// repeated edge, a node that does not exist.
  [[nodiscard]] static result<graph> directed(std::size_t nodes, std::span<const edge> edges,
                                              std::span<const double> weights = {});

  /// The graph of these edges and their opposites, with the same weight in both directions. Each pair is given once.
  [[nodiscard]] static result<graph> undirected(std::size_t nodes, std::span<const edge> edges,
                                                std::span<const double> weights = {});

  /// The same graph with one position a node, for drawings.
  [[nodiscard]] graph at_positions(std::vector<position> positions) &&;

  /// Number of nodes.
  [[nodiscard]] std::size_t size() const noexcept { return out_.offsets.size() - 1; }
  /// Number of directed edges: twice the number of links of an undirected graph.
  [[nodiscard]] std::size_t edge_count() const noexcept { return out_.nodes.size(); }
  /// Whether each edge has its opposite (weights may differ).
  [[nodiscard]] bool is_symmetric() const noexcept { return symmetric_; }
  /// Whether each edge has its opposite with the same weight.
  [[nodiscard]] bool is_undirected() const noexcept { return symmetric_ && in_.weights == out_.weights; }
  [[nodiscard]] bool has_weights() const noexcept { return !out_.weights.empty(); }

  /// Those that `node` sends to, sorted.
  [[nodiscard]] std::span<const node_id> out(node_id node) const noexcept { return out_.of(out_.nodes, node); }
  /// Those that send to `node`, sorted.
  [[nodiscard]] std::span<const node_id> in(node_id node) const noexcept { return in_.of(in_.nodes, node); }
  [[nodiscard]] std::size_t out_degree(node_id node) const noexcept { return out(node).size(); }
  [[nodiscard]] std::size_t in_degree(node_id node) const noexcept { return in(node).size(); }
  /// Where the list of `node` starts in all out-lists, or in-lists, one after the other.
  [[nodiscard]] std::size_t out_offset(node_id node) const noexcept { return out_.offsets[node]; }
  [[nodiscard]] std::size_t in_offset(node_id node) const noexcept { return in_.offsets[node]; }
  /// Weights of all edges, in the order of the out-lists or of the in-lists; empty if the graph has none.
  [[nodiscard]] std::span<const double> out_weights() const noexcept { return out_.weights; }
  [[nodiscard]] std::span<const double> in_weights() const noexcept { return in_.weights; }
  /// One a node, or empty.
  [[nodiscard]] std::span<const position> positions() const noexcept { return positions_; }

  /// All directed edges, sorted.
  [[nodiscard]] std::vector<edge> edges() const;

  /// Whether nodes, edges and weights are the same.
  friend bool operator==(const graph& a, const graph& b) { return a.out_ == b.out_; }

private:
  struct adjacency {
    std::vector<std::size_t> offsets; ///< [nodes + 1]
    std::vector<node_id> nodes;       ///< [edges]
    std::vector<double> weights;      ///< [edges] or empty

    [[nodiscard]] std::span<const node_id> of(const std::vector<node_id>& all, node_id node) const noexcept {
      return {all.data() + offsets[node], offsets[node + 1] - offsets[node]};
    }
    [[nodiscard]] adjacency transposed() const;
    friend bool operator==(const adjacency&, const adjacency&) = default;
  };

  graph() = default;

  adjacency out_;
  adjacency in_;
  std::vector<position> positions_;
  bool symmetric_ = true;
};

using graph_ptr = std::shared_ptr<const graph>;

/// A sentence that says that so many directed edges do not fit into a graph; empty if they do.
[[nodiscard]] std::string too_many_edges(double edges);

} // namespace rhizome::topologies
