#include "topologies/schema.hpp"

#include "topologies/graph_sequence.hpp"
#include "topologies/mixing.hpp"
#include "topologies/registry.hpp"

namespace rhizome::topologies {

std::vector<config::problem> check_numbers(const config::section& topology, std::size_t nodes) {
  const auto* kind = find(topology.text("name"));
  if (kind == nullptr)
    return {{"topology.name", fmt::format("there is no topology \"{}\"", topology.text("name"))}};
  if (nodes == 0)
    return {{"experiment.nodes", "a graph needs at least one node"}};
  auto problems = kind->check(topology, nodes);
  if (!topology.boolean("dynamic"))
    return problems;
  if (!kind->random)
    problems.push_back({"topology.dynamic", fmt::format("\"{}\" is the same graph in each round; leave dynamic out, or "
                                                        "choose a random topology such as \"{}\"",
                                                        kind->schema.name, all().front().schema.name)});
  if (find_mixing_rule(topology).weights == weight_rule::best_constant)
    problems.push_back({"topology.weights", "\"best-constant\" solves an eigenvalue problem for each graph and is for "
                                            "static graphs; choose \"metropolis-hastings\", or set dynamic = false"});
  return problems;
}

static std::vector<config::problem> check(const config::document& document) {
  const auto& topology = document["topology"];
  const auto& experiment = document["experiment"];
  const auto nodes = static_cast<std::size_t>(experiment.integer("nodes"));
  if (auto problems = check_numbers(topology, nodes); !problems.empty())
    return problems;
  const auto graphs = graph_sequence::make(topology, nodes, static_cast<std::uint64_t>(experiment.integer("seed")));
  if (!graphs)
    return {{"topology.name", graphs.error().message}};
  const auto first = graphs->at(0);
  if (!first)
    return {{"topology.name", first.error().message}};
  const auto rule = find_mixing_rule(topology);
  for (auto sentence : {objection(**first, rule), too_costly(**first, rule, graphs->is_dynamic())})
    if (!sentence.empty())
      return {{"topology.weights", std::move(sentence)}};
  return {};
}

config::section_schema schema() {
  config::section_schema made{.name = "topology",
                              .sentence = "Who sends to whom in each round, and how models are weighted."};
  config::key name{
      .name = "name", .default_value = all().front().schema.name, .sentence = "The kind of graph between the nodes."};
  for (const topology& kind : all()) {
    name.choices.push_back(kind.schema.name);
    made.variants.push_back(kind.schema);
  }
  made.keys = {std::move(name),
               {.name = "dynamic",
                .default_value = false,
                .sentence = "Whether a fresh graph is drawn for each round, from the seed and the round's number."}};
  for (config::key& key : mixing_keys())
    made.keys.push_back(std::move(key));
  made.selector = "name";
  made.check = check;
  return made;
}

} // namespace rhizome::topologies
