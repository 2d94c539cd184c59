#include "topologies/metrics.hpp"

#include <algorithm>
#include <limits>

namespace rhizome::topologies {

namespace {

constexpr std::uint32_t unseen = std::numeric_limits<std::uint32_t>::max();

/// Breadth-first search with memory that is kept from one start to the next.
class search {
public:
  explicit search(const graph& g) : graph_(g), distance_(g.size(), unseen) { queue_.reserve(g.size()); }

  /// Distances from `start` along edges.
  void forward(node_id start) {
    run(start, [this](node_id node) { return graph_.out(node); });
  }
  /// Distances to `start` along edges.
  void backward(node_id start) {
    run(start, [this](node_id node) { return graph_.in(node); });
  }

  [[nodiscard]] std::size_t reached() const { return queue_.size(); }
  [[nodiscard]] std::uint32_t distance(node_id node) const { return distance_[node]; }
  [[nodiscard]] node_id farthest() const { return queue_.back(); }
  [[nodiscard]] std::size_t eccentricity() const { return distance_[queue_.back()]; }

private:
  template <class Neighbours>
  void run(node_id start, Neighbours neighbours) {
    std::fill(distance_.begin(), distance_.end(), unseen);
    queue_.assign(1, start);
    distance_[start] = 0;
    for (std::size_t head = 0; head < queue_.size(); ++head) {
      const node_id node = queue_[head];
      for (const node_id next : neighbours(node)) {
        if (distance_[next] != unseen)
          continue;
        distance_[next] = distance_[node] + 1;
        queue_.push_back(next);
      }
    }
  }

  const graph& graph_;
  std::vector<std::uint32_t> distance_;
  std::vector<node_id> queue_;
};

/// Tarjan's algorithm with its own stack, for paths may be as long as the graph.
class tarjan {
public:
  explicit tarjan(const graph& g) : graph_(g), index_(g.size(), unseen), low_(g.size()), component_(g.size(), unseen) {
    for (node_id root = 0; root < g.size(); ++root)
      if (index_[root] == unseen)
        visit(root);
  }

  [[nodiscard]] std::vector<std::uint32_t> take() && { return std::move(component_); }

private:
  struct frame {
    node_id node;
    std::size_t next; ///< the next out-neighbour to look at
  };

  void open(node_id node) {
    index_[node] = low_[node] = counter_++;
    open_.push_back(node);
    path_.push_back({node, 0});
  }

  void visit(node_id root) {
    open(root);
    while (!path_.empty()) {
      auto& [node, next] = path_.back();
      if (next == graph_.out_degree(node)) {
        close(node);
        continue;
      }
      const node_id to = graph_.out(node)[next++];
      if (index_[to] == unseen)
        open(to);
      else if (component_[to] == unseen)
        low_[node] = std::min(low_[node], index_[to]);
    }
  }

  void close(node_id node) {
    path_.pop_back();
    if (!path_.empty())
      low_[path_.back().node] = std::min(low_[path_.back().node], low_[node]);
    if (low_[node] != index_[node])
      return;
    node_id member;
    do {
      member = open_.back();
      open_.pop_back();
      component_[member] = found_;
    } while (member != node);
    ++found_;
  }

  const graph& graph_;
  std::vector<std::uint32_t> index_;
  std::vector<std::uint32_t> low_;
  std::vector<std::uint32_t> component_;
  std::vector<node_id> open_;
  std::vector<frame> path_;
  std::uint32_t counter_ = 0;
  std::uint32_t found_ = 0;
};

/// Numbers components by their smallest node.
components numbered(std::vector<std::uint32_t> labels) {
  components found;
  std::vector<std::uint32_t> number(labels.size(), unseen);
  for (std::uint32_t& label : labels) {
    if (number[label] == unseen)
      number[label] = static_cast<std::uint32_t>(found.count++);
    label = number[label];
  }
  found.of_node = std::move(labels);
  return found;
}

template <class Degree>
degree_statistics statistics(const graph& g, Degree degree) {
  degree_statistics found;
  if (g.size() == 0)
    return found;
  for (node_id node = 0; node < g.size(); ++node)
    ++found.histogram[degree(node)];
  found.min = found.histogram.begin()->first;
  found.max = found.histogram.rbegin()->first;
  found.mean = static_cast<double>(g.edge_count()) / static_cast<double>(g.size());
  return found;
}

diameter_bounds estimated_diameter(const graph& g) {
  diameter_bounds bounds{0, std::numeric_limits<std::size_t>::max()};
  search from(g);
  search to(g);
  std::vector<std::uint32_t> farness(g.size()); // the largest distance from any start so far
  node_id start = 0;
  constexpr int sweeps = 8;
  for (int sweep = 1; sweep <= sweeps; ++sweep) {
    from.forward(start);
    to.backward(start);
    bounds.lower = std::max({bounds.lower, from.eccentricity(), to.eccentricity()});
    bounds.upper = std::min(bounds.upper, from.eccentricity() + to.eccentricity());
    for (node_id node = 0; node < g.size(); ++node)
      farness[node] = std::max(farness[node], from.distance(node));
    start = from.farthest();
    if (sweep + 1 == sweeps)
      start = static_cast<node_id>(std::ranges::min_element(farness) - farness.begin());
  }
  return bounds;
}

} // namespace

std::size_t components::largest() const {
  std::vector<std::size_t> sizes(count);
  for (const std::uint32_t component : of_node)
    ++sizes[component];
  return sizes.empty() ? 0 : *std::max_element(sizes.begin(), sizes.end());
}

components weak_components(const graph& g) {
  std::vector<std::uint32_t> labels(g.size(), unseen);
  std::vector<node_id> open;
  for (node_id root = 0; root < g.size(); ++root) {
    if (labels[root] != unseen)
      continue;
    labels[root] = root;
    open.assign(1, root);
    while (!open.empty()) {
      const node_id node = open.back();
      open.pop_back();
      for (const auto list : {g.out(node), g.in(node)}) {
        for (const node_id next : list) {
          if (labels[next] != unseen)
            continue;
          labels[next] = root;
          open.push_back(next);
        }
      }
    }
  }
  return numbered(std::move(labels));
}

components strong_components(const graph& g) {
  return g.is_symmetric() ? weak_components(g) : numbered(tarjan(g).take());
}

bool is_connected(const graph& g) {
  if (g.size() == 0)
    return false;
  search s(g);
  s.forward(0);
  if (s.reached() != g.size() || g.is_symmetric())
    return s.reached() == g.size();
  s.backward(0);
  return s.reached() == g.size();
}

degree_statistics out_degrees(const graph& g) {
  return statistics(g, [&g](node_id node) { return g.out_degree(node); });
}

degree_statistics in_degrees(const graph& g) {
  return statistics(g, [&g](node_id node) { return g.in_degree(node); });
}

diameter_bounds diameter(const graph& g) {
  constexpr double budget = 5e8;
  const auto nodes = static_cast<double>(g.size());
  if (nodes * (nodes + static_cast<double>(g.edge_count())) > budget)
    return estimated_diameter(g);
  diameter_bounds bounds;
  search s(g);
  for (node_id start = 0; start < g.size(); ++start) {
    s.forward(start);
    bounds.lower = std::max(bounds.lower, s.eccentricity());
  }
  bounds.upper = bounds.lower;
  return bounds;
}

} // namespace rhizome::topologies
