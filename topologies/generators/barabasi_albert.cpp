#include <algorithm>

#include "topologies/topology.hpp"

namespace rhizome::topologies::generators {

static std::vector<config::problem> check_barabasi_albert(const config::section& parameters, std::size_t nodes) {
  const auto m = static_cast<std::size_t>(parameters.integer("m"));
  if (m >= nodes)
    return {{"topology.m",
             fmt::format("a node cannot bring {} edges among {} nodes: choose m below experiment.nodes", m, nodes)}};
  return edges_fit("topology.m", 2 * static_cast<double>(m) * static_cast<double>(nodes - m));
}

/// Barabási and Albert, "Emergence of scaling in random networks", 1999: starts with a star of m + 1 nodes; each
/// further node draws m different ones with probability proportional to their degree, that is, uniformly from the list
/// of all ends of edges.
static result<graph> draw_barabasi_albert(const config::section& parameters, std::size_t nodes, random_stream& random) {
  const auto m = static_cast<node_id>(parameters.integer("m"));
  std::vector<edge> edges;
  std::vector<node_id> ends;
  const auto link = [&](node_id a, node_id b) {
    edges.push_back({a, b});
    ends.insert(ends.end(), {a, b});
  };
  for (node_id node = 1; node <= m; ++node)
    link(0, node);

  std::vector<node_id> targets;
  for (node_id node = m + 1; node < nodes; ++node) {
    targets.clear();
    while (targets.size() < m) {
      const node_id target = ends[random.below(ends.size())];
      if (std::ranges::find(targets, target) == targets.end())
        targets.push_back(target);
    }
    for (const node_id target : targets)
      link(target, node);
  }
  return graph::undirected(nodes, edges);
}

topology barabasi_albert() {
  return {.schema = {"barabasi-albert",
                     "A scale-free graph: each new node brings m edges to nodes that already have many (Barabási and "
                     "Albert, 1999).",
                     {{.name = "m",
                       .default_value = std::int64_t{2},
                       .sentence = "Edges that each new node brings.",
                       .minimum = 1}}},
          .random = true,
          .check = check_barabasi_albert,
          .draw = draw_barabasi_albert};
}

} // namespace rhizome::topologies::generators
