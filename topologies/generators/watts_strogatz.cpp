#include <algorithm>

#include "topologies/topology.hpp"

namespace rhizome::topologies::generators {

static std::vector<config::problem> check_watts_strogatz(const config::section& parameters, std::size_t nodes) {
  const auto k = static_cast<std::size_t>(parameters.integer("k"));
  if (k % 2 != 0)
    return {{"topology.k", fmt::format("k is {}, but half of a node's neighbours lie on each side: choose an even "
                                       "number, such as {}",
                                       k, k + 1)}};
  if (k >= nodes)
    return {
        {"topology.k",
         fmt::format("a node cannot have {} neighbours among {} nodes: choose k below experiment.nodes", k, nodes)}};
  return edges_fit("topology.k", static_cast<double>(k) * static_cast<double>(nodes));
}

/// Watts and Strogatz, "Collective dynamics of small-world networks", 1998: in each of k/2 laps the far end of a
/// lattice edge moves with probability beta to a node drawn uniformly among those that are not yet neighbours.
static result<graph> draw_watts_strogatz(const config::section& parameters, std::size_t nodes, random_stream& random) {
  const auto laps = static_cast<std::size_t>(parameters.integer("k")) / 2;
  const double beta = parameters.real("beta");
  std::vector<std::vector<node_id>> neighbours(nodes);
  const auto link = [&](node_id a, node_id b) {
    neighbours[a].push_back(b);
    neighbours[b].push_back(a);
  };
  const auto along = [&](node_id node, std::size_t lap) { return static_cast<node_id>((node + lap) % nodes); };
  for (std::size_t lap = 1; lap <= laps; ++lap)
    for (node_id node = 0; node < nodes; ++node)
      link(node, along(node, lap));

  for (std::size_t lap = 1; lap <= laps; ++lap) {
    for (node_id node = 0; node < nodes; ++node) {
      if (random.uniform() >= beta || neighbours[node].size() + 1 >= nodes)
        continue;
      auto& mine = neighbours[node];
      node_id target;
      do
        target = static_cast<node_id>(random.below(nodes));
      while (target == node || std::ranges::find(mine, target) != mine.end());
      const node_id old = along(node, lap);
      mine.erase(std::ranges::find(mine, old));
      neighbours[old].erase(std::ranges::find(neighbours[old], node));
      link(node, target);
    }
  }

  std::vector<edge> edges;
  for (node_id node = 0; node < nodes; ++node)
    for (const node_id other : neighbours[node])
      if (node < other)
        edges.push_back({node, other});
  return graph::undirected(nodes, edges);
}

static std::string raise_k(const config::section&, std::size_t) {
  return "raise topology.k, or lower topology.beta";
}

topology watts_strogatz() {
  return {.schema = {"watts-strogatz",
                     "A small world: a ring where each node knows its k nearest, with edges rewired at random (Watts "
                     "and Strogatz, 1998).",
                     {{.name = "k",
                       .default_value = std::int64_t{4},
                       .sentence = "Neighbours of each node before rewiring, an even number.",
                       .minimum = 2},
                      {.name = "beta",
                       .default_value = 0.1,
                       .sentence = "Probability that an edge is rewired.",
                       .minimum = 0,
                       .maximum = 1}}},
          .random = true,
          .check = check_watts_strogatz,
          .draw = draw_watts_strogatz,
          .remedy = raise_k};
}

} // namespace rhizome::topologies::generators
