#include "topologies/betweenness.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace rhizome::topologies {

namespace {

constexpr std::uint32_t unseen = std::numeric_limits<std::uint32_t>::max();

/// What one start adds to each node, with memory that is kept from one start to the next.
class shortest_paths {
public:
  explicit shortest_paths(const graph& g) : graph_(g), distance_(g.size()), paths_(g.size()), dependency_(g.size()) {
    order_.reserve(g.size());
  }

  /// Adds, for each node but `start`, the shares of the shortest paths from `start` that lead through it.
  void add_from(node_id start, std::vector<double>& to) {
    count_from(start);
    std::ranges::fill(dependency_, 0.0);
    for (std::size_t i = order_.size(); i-- > 1;) {
      const node_id node = order_[i];
      for (const node_id before : graph_.in(node))
        if (distance_[before] != unseen && distance_[before] + 1 == distance_[node])
          dependency_[before] += static_cast<double>(paths_[before] / paths_[node]) * (1 + dependency_[node]);
      to[node] += dependency_[node];
    }
  }

private:
  /// Breadth first: distances from `start`, how many shortest paths there are, and the order of distances.
  void count_from(node_id start) {
    std::ranges::fill(distance_, unseen);
    std::ranges::fill(paths_, 0.0L);
    order_.assign(1, start);
    distance_[start] = 0;
    paths_[start] = 1;
    for (std::size_t head = 0; head < order_.size(); ++head) {
      const node_id node = order_[head];
      for (const node_id next : graph_.out(node)) {
        if (distance_[next] == unseen) {
          distance_[next] = distance_[node] + 1;
          order_.push_back(next);
        }
        if (distance_[next] == distance_[node] + 1)
          paths_[next] += paths_[node];
      }
    }
  }

  const graph& graph_;
  std::vector<std::uint32_t> distance_;
  std::vector<long double> paths_; ///< a long chain of small meshes has more of them than a double can count
  std::vector<double> dependency_;
  std::vector<node_id> order_;
};

} // namespace

std::vector<double> betweenness(const graph& g) {
  std::vector<double> found(g.size());
  if (g.size() < 3)
    return found; // nobody is between two others
  shortest_paths paths(g);
  for (node_id start = 0; start < g.size(); ++start)
    paths.add_from(start, found);
  const auto n = static_cast<double>(g.size());
  for (double& value : found)
    value /= (n - 1) * (n - 2);
  return found;
}

} // namespace rhizome::topologies
