#include "topologies/layout.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace rhizome::topologies {

namespace {

constexpr std::size_t most_nodes_with_springs = 1000;

std::vector<position> circle(std::size_t nodes) {
  std::vector<position> places;
  for (std::size_t i = 0; i < nodes; ++i) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(nodes);
    places.push_back({0.5 + 0.5 * std::sin(angle), 0.5 - 0.5 * std::cos(angle)});
  }
  return places;
}

/// All nodes repel each other with force k^2 / distance, neighbours attract each other with distance^2 / k.
class springs {
public:
  springs(const graph& g, std::vector<position> places)
      : graph_(g), places_(std::move(places)), forces_(g.size()),
        k_(std::sqrt(1 / static_cast<double>(std::max<std::size_t>(1, g.size())))) {}

  /// Moves each node along the force on it, by at most `limit`.
  void step(double limit) {
    std::ranges::fill(forces_, position{});
    for (node_id a = 0; a < graph_.size(); ++a)
      for (node_id b = 0; b < a; ++b)
        push(a, b, [this](double distance) { return k_ * k_ / distance; });
    for (node_id a = 0; a < graph_.size(); ++a)
      for (const node_id b : graph_.out(a))
        if (a < b || !graph_.is_symmetric())
          push(a, b, [this](double distance) { return -distance * distance / k_; });
    for (node_id node = 0; node < graph_.size(); ++node) {
      const auto [x, y] = forces_[node];
      const double length = std::max(std::hypot(x, y), 1e-12);
      places_[node].x += x / length * std::min(length, limit);
      places_[node].y += y / length * std::min(length, limit);
    }
  }

  [[nodiscard]] std::vector<position> take() && { return std::move(places_); }

private:
  /// Adds to a the force away from b, and its opposite to b.
  template <class Force>
  void push(node_id a, node_id b, Force force) {
    const double dx = places_[a].x - places_[b].x;
    const double dy = places_[a].y - places_[b].y;
    const double distance = std::max(std::hypot(dx, dy), 1e-6);
    const double strength = force(distance) / distance;
    forces_[a].x += strength * dx;
    forces_[a].y += strength * dy;
    forces_[b].x -= strength * dx;
    forces_[b].y -= strength * dy;
  }

  const graph& graph_;
  std::vector<position> places_;
  std::vector<position> forces_;
  double k_;
};

} // namespace

std::vector<position> lay_out(const graph& g) {
  if (!g.positions().empty())
    return {g.positions().begin(), g.positions().end()};
  auto places = circle(g.size());
  const bool complete = g.edge_count() == g.size() * (g.size() - 1); // springs have nothing to sort out
  if (complete || g.size() > most_nodes_with_springs)
    return places;
  springs moving(g, std::move(places));
  const int steps = g.size() <= 300 ? 300 : 100;
  for (int step = 0; step < steps; ++step)
    moving.step(0.1 * (1 - static_cast<double>(step) / steps));
  return std::move(moving).take();
}

} // namespace rhizome::topologies
