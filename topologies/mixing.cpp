#include "topologies/mixing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "topologies/betweenness.hpp"
#include "topologies/spectrum.hpp"

namespace rhizome::topologies {

namespace {

constexpr std::array<std::string_view, 6> rule_names{"metropolis-hastings", "uniform", "max-degree",
                                                     "best-constant",       "file",    "centrality"};

/// Nodes times directed edges up to which betweenness is computed: some seconds for a run, a tenth of that a round.
constexpr double most_steps = 5e8, most_steps_a_round = 5e7;

/// One weight for each edge, given a function of (receiver, sender).
template <class Weight>
std::vector<double> weigh(const graph& g, Weight weight) {
  std::vector<double> in;
  in.reserve(g.edge_count());
  for (node_id i = 0; i < g.size(); ++i)
    for (const node_id j : g.in(i))
      in.push_back(weight(i, j));
  return in;
}

/// Those of `weight_rule::centrality`. What is added to the betweenness keeps the trust in a leaf finite.
std::vector<double> centrality_weights(const graph& g) {
  auto trust = betweenness(g);
  for (double& value : trust)
    value = 1 / (value + 0.01);
  std::vector<double> row = trust; // with the node itself
  for (node_id i = 0; i < g.size(); ++i)
    for (const node_id j : g.in(i))
      row[i] += trust[j];
  return weigh(g, [&](node_id i, node_id j) { return trust[j] / row[i]; });
}

std::vector<double> in_weights(const graph& g, weight_rule rule) {
  const auto share = [](std::size_t degree) { return 1.0 / (1.0 + static_cast<double>(degree)); };
  const auto degree = [&g](node_id node) { return g.in_degree(node); };
  switch (rule) {
  case weight_rule::metropolis_hastings:
    return weigh(g, [&](node_id i, node_id j) { return share(std::max(degree(i), degree(j))); });
  case weight_rule::uniform:
    return weigh(g, [&](node_id i, node_id) { return share(degree(i)); });
  case weight_rule::max_degree: {
    std::size_t largest = 0;
    for (node_id i = 0; i < g.size(); ++i)
      largest = std::max(largest, degree(i));
    return std::vector<double>(g.edge_count(), share(largest));
  }
  case weight_rule::best_constant: {
    const auto [smallest, largest] = laplacian_extremes(g);
    return std::vector<double>(g.edge_count(), 2 / (smallest + largest));
  }
  case weight_rule::file:
    return {g.in_weights().begin(), g.in_weights().end()};
  case weight_rule::centrality:
    return centrality_weights(g);
  }
  throw std::logic_error("unknown weight rule");
}

/// Values in the order of in-lists, brought into the order of out-lists: receivers are visited in order, so each
/// sender's next out-edge is the one at hand.
std::vector<double> in_to_out(const graph& g, const std::vector<double>& in) {
  std::vector<double> out(in.size());
  std::vector<std::size_t> next(g.size());
  for (node_id j = 0; j < g.size(); ++j)
    next[j] = g.out_offset(j);
  std::size_t e = 0;
  for (node_id i = 0; i < g.size(); ++i)
    for (const node_id j : g.in(i))
      out[next[j]++] = in[e++];
  return out;
}

double sum(const std::vector<double>& values, std::size_t first, std::size_t count) {
  double total = 0;
  for (std::size_t i = first; i < first + count; ++i)
    total += values[i];
  return total;
}

} // namespace

std::string_view name_of(weight_rule rule) {
  return rule_names[static_cast<std::size_t>(rule)];
}

std::vector<config::key> mixing_keys() {
  return {{.name = "weights",
           .default_value = std::string(rule_names[0]),
           .sentence =
               "How a node weighs its neighbours' models. metropolis-hastings: 1/(1 + the larger degree of "
               "both); uniform: 1/(1 + own degree); max-degree: 1/(1 + largest degree); best-constant: the best "
               "of all equal weights, for a static graph; file: the weights in the graph's file; centrality: in "
               "proportion to 1/(betweenness + 0.01) of whose model it is, the node's own among them. Directed "
               "graphs take uniform, file or centrality.",
           .choices = {rule_names.begin(), rule_names.end()}},
          {.name = "lazy",
           .default_value = false,
           .sentence = "Whether each node keeps half of its trust for itself: (I + W)/2 instead of W."}};
}

mixing_rule find_mixing_rule(const config::section& topology) {
  const auto found = std::ranges::find(rule_names, topology.text("weights"));
  if (found == rule_names.end())
    throw std::logic_error("topology.weights was not validated");
  return {static_cast<weight_rule>(found - rule_names.begin()), topology.boolean("lazy")};
}

bool mixing_weights::is_symmetric(const graph& g) const {
  return g.is_symmetric() && in == out;
}

bool mixing_weights::is_doubly_stochastic(const graph& g) const {
  for (node_id j = 0; j < g.size(); ++j)
    if (std::abs(self[j] + sum(out, g.out_offset(j), g.out_degree(j)) - 1) > 1e-9)
      return false;
  return true;
}

std::string too_costly(const graph& g, const mixing_rule& rule, bool dynamic) {
  const double steps = static_cast<double>(g.size()) * static_cast<double>(g.edge_count());
  const double most = dynamic ? most_steps_a_round : most_steps;
  if (rule.weights != weight_rule::centrality || steps <= most)
    return {};
  return fmt::format("\"centrality\" costs nodes times directed edges{}, here {:.2g}, and is allowed up to {:.0e}; "
                     "choose \"uniform\"{}",
                     dynamic ? " in each round" : "", steps, most,
                     dynamic && steps <= most_steps ? ", or set dynamic = false" : "");
}

std::string objection(const graph& g, const mixing_rule& rule) {
  if (rule.weights == weight_rule::file) {
    if (!g.has_weights() && g.edge_count() > 0)
      return "weights = \"file\" needs a weight for each edge in the graph's file; add them, or choose another rule";
    const std::vector<double> in(g.in_weights().begin(), g.in_weights().end());
    for (node_id i = 0; i < g.size(); ++i)
      if (const double total = sum(in, g.in_offset(i), g.in_degree(i)); total > 1 + 1e-9)
        return fmt::format("the weights that node {} gives to its neighbours sum to {:.6g}; they must leave its own at "
                           "least 0, so at most 1",
                           i, total);
    return {};
  }
  if (!g.is_symmetric() && rule.weights != weight_rule::uniform && rule.weights != weight_rule::centrality)
    return fmt::format("weights = \"{}\" needs an undirected graph, and this one is directed; choose \"uniform\", "
                       "\"file\" or \"centrality\"",
                       name_of(rule.weights));
  return {};
}

result<mixing_weights> mix(const graph& g, const mixing_rule& rule) {
  if (const auto sentence = objection(g, rule); !sentence.empty())
    return fail(error_kind::invalid_input, "{}", sentence);
  mixing_weights made;
  made.in = in_weights(g, rule.weights);
  if (rule.lazy)
    for (double& weight : made.in)
      weight /= 2;
  made.self.resize(g.size());
  for (node_id i = 0; i < g.size(); ++i)
    made.self[i] = 1 - sum(made.in, g.in_offset(i), g.in_degree(i));
  made.out = in_to_out(g, made.in);
  return made;
}

learning::round_view make_round_view(const graph& g, const mixing_weights& weights, node_id node, view_detail detail) {
  const auto neighbours = [](std::span<const node_id> ids, const double* weight) {
    std::vector<learning::neighbour> list;
    list.reserve(ids.size());
    for (const node_id id : ids)
      list.push_back({id, *weight++});
    return list;
  };
  learning::round_view view;
  view.self_weight = weights.self[node];
  view.in = neighbours(g.in(node), weights.in.data() + g.in_offset(node));
  view.out = neighbours(g.out(node), weights.out.data() + g.out_offset(node));
  if (detail == view_detail::receivers_neighbours)
    for (const node_id receiver : g.out(node))
      view.in_neighbours_of_out.emplace_back(g.in(receiver).begin(), g.in(receiver).end());
  return view;
}

std::vector<learning::round_view_ptr> round_views(const graph& g, const mixing_weights& weights, view_detail detail) {
  std::vector<learning::round_view_ptr> views;
  views.reserve(g.size());
  for (node_id node = 0; node < g.size(); ++node)
    views.push_back(std::make_shared<const learning::round_view>(make_round_view(g, weights, node, detail)));
  return views;
}

} // namespace rhizome::topologies
