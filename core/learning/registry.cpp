#include "core/learning/registry.hpp"

#include <string>
#include <utility>

#include "core/config/kinds.hpp"
#include "core/config/sections.hpp"
#include "core/learning/algorithms.hpp"
#include "core/sharing/registry.hpp"

#define RHIZOME_CALL(name) name(),

namespace rhizome::learning {

namespace {

/// Only some algorithms can go on without nodes that are lost.
std::vector<config::problem> check_losses(const config::document& document) {
  const auto& name = document["algorithm"].text("name");
  const auto policy = config::runtime_options::from(document["runtime"]).on_failure;
  if (policy == config::failure_policy::abort || find_algorithm(name).survives_losses)
    return {};
  std::string others;
  for (const auto& kind : algorithms())
    if (kind.survives_losses)
      others += (others.empty() ? "\"" : ", \"") + kind.schema.name + '"';
  return {{"runtime.on_failure", "algorithm.name = \"" + name +
                                     "\" cannot go on without nodes that are lost; expected \"abort\", or one of the "
                                     "algorithms that can: " +
                                     others}};
}

std::vector<config::problem> check_algorithm(const config::document& document) {
  auto problems = check_losses(document);
  const auto& kind = find_algorithm(document["algorithm"].text("name"));
  if (kind.check != nullptr)
    for (auto& problem : kind.check(document))
      problems.push_back(std::move(problem));
  return problems;
}

} // namespace

std::vector<config::problem> refuse_copies(const config::document& document) {
  const auto& name = document["sharing"].text("name");
  const auto& reason = sharing::find_strategy(name).keeps_copies;
  if (reason.empty())
    return {};
  return {{"sharing.name", "\"" + name + "\" needs the same graph in each round: " + reason +
                               "; with algorithm.name = \"" + document["algorithm"].text("name") +
                               "\" the graph changes; choose \"top-k\""}};
}

const std::vector<algorithm>& algorithms() {
  static const std::vector<algorithm> all{RHIZOME_ALGORITHMS(RHIZOME_CALL)};
  return all;
}

const std::vector<aggregation_kind>& aggregations() {
  static const std::vector<aggregation_kind> all{
      weighted_mean(),
  };
  return all;
}

const algorithm& find_algorithm(std::string_view name) {
  return config::find_kind(algorithms(), name);
}

const aggregation_kind& find_aggregation(std::string_view name) {
  return config::find_kind(aggregations(), name);
}

config::section_schema algorithm_schema() {
  auto section = config::section_of_kinds("algorithm", "The learning algorithm: what each node computes and when.",
                                          "name", algorithms(), "d-psgd");
  section.check = check_algorithm;
  return section;
}

config::section_schema aggregation_schema() {
  return config::section_of_kinds("aggregation", "How a node combines its own model with those it received.", "rule",
                                  aggregations(), "weighted-mean");
}

} // namespace rhizome::learning
