#include <algorithm>
#include <numeric>

#include "topologies/topology.hpp"

namespace rhizome::topologies::generators {

namespace {

/// Draws graphs of exact degree: the union of random Hamiltonian cycles and, for an odd degree, of a random perfect
/// matching; edges that are there already are swapped away. The first cycle is never touched, so that the graph stays
/// connected. Such unions have asymptotically the same properties as uniform random regular graphs (Wormald, "Models of
/// random regular graphs", 1999, section 4).
class regular_drawing {
public:
  regular_drawing(std::size_t nodes, std::size_t degree, random_stream& random)
      : nodes_(nodes), degree_(degree), random_(random), neighbours_(nodes * degree), filled_(nodes) {}

  /// The edges, or none if the last repeated ones could not be swapped away: rare, and only in small or dense graphs.
  [[nodiscard]] std::vector<edge> draw() {
    std::vector<node_id> order(nodes_);
    std::iota(order.begin(), order.end(), node_id{0});
    for (std::size_t cycle = 0; cycle < degree_ / 2; ++cycle) {
      random_.shuffle(std::span(order));
      for (std::size_t i = 0; i < nodes_; ++i)
        add(order[i], order[i + 1 < nodes_ ? i + 1 : 0]);
      if (cycle == 0)
        fixed_ = edges_.size();
    }
    if (degree_ % 2 == 1) {
      random_.shuffle(std::span(order));
      for (std::size_t i = 0; i + 1 < nodes_; i += 2)
        add(order[i], order[i + 1]);
    }
    for (const edge& e : repeated_)
      if (!swap_in(e))
        return {};
    return std::move(edges_);
  }

private:
  [[nodiscard]] bool linked(node_id a, node_id b) const {
    const auto first = neighbours_.begin() + static_cast<std::ptrdiff_t>(a * degree_);
    const auto last = first + filled_[a];
    return std::find(first, last, b) != last;
  }

  void link(node_id a, node_id b) {
    neighbours_[a * degree_ + filled_[a]++] = b;
    neighbours_[b * degree_ + filled_[b]++] = a;
  }

  void unlink(node_id a, node_id b) {
    for (const auto& [mine, other] : {std::pair(a, b), std::pair(b, a)}) {
      const auto first = neighbours_.begin() + static_cast<std::ptrdiff_t>(mine * degree_);
      std::iter_swap(std::find(first, first + filled_[mine], other), first + filled_[mine] - 1);
      --filled_[mine];
    }
  }

  void add(node_id a, node_id b) {
    if (linked(a, b)) {
      repeated_.push_back({a, b});
      return;
    }
    link(a, b);
    edges_.push_back({a, b});
  }

  /// Gives a and b, which both miss a neighbour, the ends of another edge: c - d becomes a - c and b - d.
  [[nodiscard]] bool swap_in(edge missing) {
    const auto [a, b] = missing;
    const std::size_t candidates = edges_.size() - fixed_;
    for (std::size_t tries = 0; candidates > 0 && tries < 100 + 10 * candidates; ++tries) {
      edge& candidate = edges_[fixed_ + random_.below(candidates)];
      auto [c, d] = candidate;
      if (random_.below(2) == 1)
        std::swap(c, d);
      if (a == c || a == d || b == c || b == d || linked(a, c) || linked(b, d))
        continue;
      unlink(c, d);
      link(a, c);
      link(b, d);
      candidate = {a, c};
      edges_.push_back({b, d});
      return true;
    }
    return false;
  }

  std::size_t nodes_;
  std::size_t degree_;
  random_stream& random_;
  std::vector<node_id> neighbours_; ///< [nodes][degree]
  std::vector<std::uint32_t> filled_;
  std::vector<edge> edges_;
  std::vector<edge> repeated_;
  std::size_t fixed_ = 0; ///< edges of the first cycle, which stand first
};

} // namespace

static std::vector<edge> complement(std::size_t nodes, std::vector<edge> edges) {
  for (edge& e : edges)
    e = {std::min(e.from, e.to), std::max(e.from, e.to)};
  std::ranges::sort(edges);
  std::vector<edge> others;
  auto taken = edges.begin();
  for (node_id a = 0; a < nodes; ++a) {
    for (node_id b = a + 1; b < nodes; ++b) {
      if (taken != edges.end() && *taken == edge{a, b})
        ++taken;
      else
        others.push_back({a, b});
    }
  }
  return others;
}

static std::vector<config::problem> check_regular(const config::section& parameters, std::size_t nodes) {
  const auto degree = static_cast<std::size_t>(parameters.integer("degree"));
  const auto problem = [](std::string sentence) {
    return std::vector<config::problem>{{"topology.degree", std::move(sentence)}};
  };
  if (degree >= nodes)
    return problem(fmt::format("a node cannot have {} neighbours among {} nodes: choose a degree below "
                               "experiment.nodes, or another topology",
                               degree, nodes));
  if (nodes * degree % 2 != 0)
    return problem(fmt::format("no graph of {} nodes has degree {}, for both are odd; choose degree {} or {} nodes",
                               nodes, degree, degree == 1 ? 2 : degree - 1, nodes + 1));
  if (degree == 1 && nodes > 2)
    return problem(
        fmt::format("{} nodes of degree 1 are pairs that never hear of each other; choose degree 2 or more", nodes));
  return edges_fit("topology.degree", static_cast<double>(nodes) * static_cast<double>(degree));
}

static result<graph> draw_regular(const config::section& parameters, std::size_t nodes, random_stream& random) {
  const auto degree = static_cast<std::size_t>(parameters.integer("degree"));
  // A dense graph is what a sparse one leaves out. It is connected, for two nodes of degree n/2 that are not neighbours
  // have a neighbour in common.
  const bool dense = 2 * degree >= nodes;
  const std::size_t drawn_degree = dense ? nodes - 1 - degree : degree;
  for (int attempt = 0; attempt < 1000; ++attempt) {
    auto edges = regular_drawing(nodes, drawn_degree, random).draw();
    if (2 * edges.size() == nodes * drawn_degree)
      return graph::undirected(nodes, dense ? complement(nodes, std::move(edges)) : std::move(edges));
  }
  return fail(error_kind::failed, "no graph of {} nodes of degree {} was found in 1000 draws", nodes, degree);
}

topology regular() {
  return {.schema = {"regular",
                     "A random connected graph in which each node has exactly `degree` neighbours.",
                     {{.name = "degree",
                       .default_value = std::int64_t{5},
                       .sentence = "Neighbours of each node; degree times experiment.nodes is even.",
                       .minimum = 1}}},
          .random = true,
          .check = check_regular,
          .draw = draw_regular};
}

} // namespace rhizome::topologies::generators
