#include <algorithm>
#include <cmath>

#include "topologies/topology.hpp"

namespace rhizome::topologies::generators {

/// Above ln(n) / n a large random graph is connected almost surely, below it almost surely not.
static double connectivity_threshold(std::size_t nodes) {
  const auto n = static_cast<double>(nodes);
  return std::log(n) / n;
}

static double probability(const config::section& parameters, std::size_t nodes) {
  const double p = parameters.real("p");
  return p > 0 ? p : std::min(1.0, 2 * connectivity_threshold(nodes));
}

static std::vector<config::problem> check_erdos_renyi(const config::section& parameters, std::size_t nodes) {
  const auto n = static_cast<double>(nodes);
  return edges_fit("topology.p", probability(parameters, nodes) * n * (n - 1));
}

/// Visits the pairs (a, b), b < a, in order and skips a geometric number of them between two edges: O(edges). Batagelj
/// and Brandes, "Efficient generation of large random networks", 2005.
static result<graph> draw_erdos_renyi(const config::section& parameters, std::size_t nodes, random_stream& random) {
  const double p = probability(parameters, nodes);
  const double log_miss = std::log1p(-p); // minus infinity for p = 1: then no pair is skipped
  const double pairs = static_cast<double>(nodes) * static_cast<double>(nodes);
  std::vector<edge> edges;
  std::size_t a = 1;
  std::size_t b = 0;
  while (p > 0) {
    const double skipped = std::floor(std::log1p(-random.uniform()) / log_miss);
    b += static_cast<std::size_t>(std::min(skipped, pairs));
    while (a < nodes && b >= a)
      b -= a++;
    if (a >= nodes)
      break;
    edges.push_back({static_cast<node_id>(b), static_cast<node_id>(a)});
    ++b;
  }
  return graph::undirected(nodes, edges);
}

static std::string raise_p(const config::section& parameters, std::size_t nodes) {
  return fmt::format("topology.p is {:.4g}, and connected graphs of {} nodes need clearly more than ln(n)/n = {:.4g}; "
                     "raise it",
                     probability(parameters, nodes), nodes, connectivity_threshold(nodes));
}

topology erdos_renyi() {
  return {
      .schema = {"erdos-renyi",
                 "Each pair of nodes is connected with probability p (Erdős and Rényi, 1959), drawn again until "
                 "the graph is connected.",
                 {{.name = "p",
                   .default_value = 0.0,
                   .sentence = "Probability of an edge; 0 takes 2 ln(n) / n, where almost all graphs are connected.",
                   .minimum = 0,
                   .maximum = 1}}},
      .random = true,
      .check = check_erdos_renyi,
      .draw = draw_erdos_renyi,
      .remedy = raise_p};
}

} // namespace rhizome::topologies::generators
