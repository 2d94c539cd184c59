#include "topologies/report.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "topologies/graph_sequence.hpp"

namespace rhizome::topologies {

namespace {

std::string line(std::string_view label, const std::string& text) {
  return fmt::format("{:<14}{}\n", label, text);
}

/// "min 5, mean 5, max 5" and, where degrees differ, how many nodes have each, in up to twelve bins with a bar each.
std::string describe_degrees(std::string_view label, const degree_statistics& degrees) {
  std::string text = line(label, fmt::format("min {}, mean {:.4g}, max {}", degrees.min, degrees.mean, degrees.max));
  if (degrees.min == degrees.max)
    return text;
  const std::size_t width = (degrees.max - degrees.min) / 12 + 1;
  std::map<std::size_t, std::size_t> bins;
  for (const auto& [degree, count] : degrees.histogram)
    bins[(degree - degrees.min) / width] += count;
  const std::size_t largest = std::ranges::max_element(bins, {}, [](const auto& bin) { return bin.second; })->second;
  for (const auto& [bin, count] : bins) {
    const std::size_t first = degrees.min + bin * width;
    const std::size_t last = std::min(first + width - 1, degrees.max);
    const auto range = first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last);
    text += line("", fmt::format("{:>9} {:>7} {} {}", range, count, count == 1 ? "node " : "nodes",
                                 std::string((40 * count + largest - 1) / largest, '#')));
  }
  return text;
}

std::string describe_diameter(const diameter_bounds& diameter) {
  return diameter.exact() ? fmt::format("{}", diameter.lower)
                          : fmt::format("between {} and {}", diameter.lower, diameter.upper);
}

std::string describe_weights(const report& r) {
  return fmt::format("{}{} ({}, {})", name_of(r.rule.weights), r.rule.lazy ? ", lazy" : "",
                     r.symmetric ? "symmetric" : "not symmetric",
                     r.doubly_stochastic ? "doubly stochastic: the average is kept"
                                         : "rows sum to 1, columns do not: the average is not kept");
}

nlohmann::json degrees_to_json(const degree_statistics& degrees) {
  nlohmann::json histogram = nlohmann::json::array();
  for (const auto& [degree, count] : degrees.histogram)
    histogram.push_back({{"degree", degree}, {"nodes", count}});
  return {{"min", degrees.min}, {"mean", degrees.mean}, {"max", degrees.max}, {"histogram", std::move(histogram)}};
}

} // namespace

result<inspected> inspect(const config::section& topology, std::size_t nodes, std::uint64_t seed, round_number round) {
  const auto graphs = graph_sequence::make(topology, nodes, seed);
  if (!graphs)
    return fail(graphs);
  const auto g = graphs->at(round);
  if (!g)
    return fail(g);
  const mixing_rule rule = find_mixing_rule(topology);
  const auto weights = mix(**g, rule);
  if (!weights)
    return fail(weights);
  return inspected{*g,
                   {.name = topology.text("name"),
                    .dynamic = graphs->is_dynamic(),
                    .round = round,
                    .nodes = nodes,
                    .directed = !(*g)->is_symmetric(),
                    .edges = (*g)->is_symmetric() ? (*g)->edge_count() / 2 : (*g)->edge_count(),
                    .in = in_degrees(**g),
                    .out = out_degrees(**g),
                    .components = weak_components(**g).count,
                    .strong_components = strong_components(**g).count,
                    .diameter = diameter(**g),
                    .rule = rule,
                    .symmetric = weights->is_symmetric(**g),
                    .doubly_stochastic = weights->is_doubly_stochastic(**g),
                    .mixing = find_spectrum(**g, *weights)}};
}

std::string describe(const report& r) {
  std::string text = line("topology", r.dynamic ? fmt::format("{}, a fresh graph each round; round {}", r.name, r.round)
                                                : fmt::format("{}, the same in each round", r.name));
  text += line("nodes", fmt::format("{}", r.nodes));
  text += line("edges", fmt::format("{}, {}", r.edges, r.directed ? "directed" : "undirected"));
  if (r.directed) {
    text += describe_degrees("in-degree", r.in);
    text += describe_degrees("out-degree", r.out);
    text += line("components", fmt::format("{} weak, {} strong", r.components, r.strong_components));
  } else {
    text += describe_degrees("degree", r.in);
    text += line("components", fmt::format("{}", r.components));
  }
  text += line("diameter", describe_diameter(r.diameter));
  text += line("weights", describe_weights(r));
  text += line("rho", fmt::format("{:.6f}{}", r.mixing.rho, r.mixing.converged ? "" : ", an estimate"));
  text += line("spectral gap", fmt::format("{:.4g}", r.mixing.gap()));
  return text;
}

nlohmann::json to_json(const report& r) {
  return {{"topology", r.name},
          {"dynamic", r.dynamic},
          {"round", r.round},
          {"nodes", r.nodes},
          {"directed", r.directed},
          {"edges", r.edges},
          {"in_degree", degrees_to_json(r.in)},
          {"out_degree", degrees_to_json(r.out)},
          {"components", r.components},
          {"strong_components", r.strong_components},
          {"diameter_min", r.diameter.lower},
          {"diameter_max", r.diameter.upper},
          {"weights", name_of(r.rule.weights)},
          {"lazy", r.rule.lazy},
          {"symmetric", r.symmetric},
          {"doubly_stochastic", r.doubly_stochastic},
          {"rho", r.mixing.rho},
          {"spectral_gap", r.mixing.gap()},
          {"spectrum_converged", r.mixing.converged}};
}

} // namespace rhizome::topologies
