#include <algorithm>
#include <cmath>
#include <numbers>

#include "topologies/topology.hpp"

namespace rhizome::topologies::generators {

/// sqrt(ln(n) / (pi n)): above it large graphs are connected almost surely (Penrose, 1997).
static double connectivity_threshold(std::size_t nodes) {
  const auto n = static_cast<double>(nodes);
  return std::sqrt(std::log(n) / (std::numbers::pi * n));
}

static double reach(const config::section& parameters, std::size_t nodes) {
  const double radius = parameters.real("radius");
  return radius > 0 ? radius : std::max(1.5 * connectivity_threshold(nodes), 1e-9);
}

static std::vector<config::problem> check_random_geometric(const config::section& parameters, std::size_t nodes) {
  const auto n = static_cast<double>(nodes);
  const double radius = reach(parameters, nodes);
  return edges_fit("topology.radius", std::min(1.0, std::numbers::pi * radius * radius) * n * (n - 1));
}

namespace {

/// Nodes sorted into square cells at least as wide as the radius: neighbours lie in the same or an adjacent cell.
class cells {
public:
  cells(const std::vector<position>& points, double radius)
      : side_(std::max<std::size_t>(
            1, static_cast<std::size_t>(std::min(1 / radius, std::sqrt(static_cast<double>(points.size())))))),
        members_(side_ * side_) {
    for (node_id node = 0; node < points.size(); ++node)
      members_[row(points[node].y) * side_ + row(points[node].x)].push_back(node);
  }

  template <class Visit>
  void around(position p, Visit visit) const {
    const std::size_t x = row(p.x);
    const std::size_t y = row(p.y);
    for (std::size_t cy = y - (y > 0); cy <= std::min(y + 1, side_ - 1); ++cy)
      for (std::size_t cx = x - (x > 0); cx <= std::min(x + 1, side_ - 1); ++cx)
        for (const node_id node : members_[cy * side_ + cx])
          visit(node);
  }

private:
  [[nodiscard]] std::size_t row(double coordinate) const {
    return std::min(side_ - 1, static_cast<std::size_t>(coordinate * static_cast<double>(side_)));
  }

  std::size_t side_;
  std::vector<std::vector<node_id>> members_;
};

} // namespace

static result<graph> draw_random_geometric(const config::section& parameters, std::size_t nodes,
                                           random_stream& random) {
  const double radius = reach(parameters, nodes);
  std::vector<position> points(nodes);
  for (position& p : points) {
    p.x = random.uniform();
    p.y = random.uniform();
  }
  const cells grid(points, radius);
  std::vector<edge> edges;
  for (node_id node = 0; node < nodes; ++node) {
    const position here = points[node];
    grid.around(here, [&](node_id other) {
      const double dx = points[other].x - here.x;
      const double dy = points[other].y - here.y;
      if (node < other && dx * dx + dy * dy <= radius * radius)
        edges.push_back({node, other});
    });
  }
  return graph::undirected(nodes, edges).map([&](graph&& g) { return std::move(g).at_positions(points); });
}

static std::string raise_radius(const config::section& parameters, std::size_t nodes) {
  return fmt::format("topology.radius is {:.4g}, and connected graphs of {} nodes need clearly more than "
                     "sqrt(ln(n)/(pi n)) = {:.4g}; raise it",
                     reach(parameters, nodes), nodes, connectivity_threshold(nodes));
}

topology random_geometric() {
  return {.schema = {"random-geometric",
                     "Nodes lie uniformly in the unit square, connected where they are at most radius apart; drawn "
                     "again until the graph is connected.",
                     {{.name = "radius",
                       .default_value = 0.0,
                       .sentence = "Reach of a node, in sides of the square; 0 takes 1.5 sqrt(ln(n) / (pi n)), where "
                                   "almost all large graphs are connected.",
                       .minimum = 0}}},
          .random = true,
          .check = check_random_geometric,
          .draw = draw_random_geometric,
          .remedy = raise_radius};
}

} // namespace rhizome::topologies::generators
