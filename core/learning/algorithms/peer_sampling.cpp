#include <fmt/format.h>

#include "core/learning/algorithm.hpp"
#include "core/learning/cyclon.hpp"
#include "core/learning/gossip_learner.hpp"
#include "core/learning/random_walk.hpp"

namespace rhizome::learning {

namespace {

graph_use graph_for(const config::section& parameters) {
  return parameters.text("sampler") == "central" ? graph_use::topology : graph_use::none;
}

std::unique_ptr<learner> make(node_context context, const config::section& parameters) {
  const auto number = [&](const char* key) { return static_cast<std::uint32_t>(parameters.integer(key)); };
  std::unique_ptr<view_maker> maker;
  if (const auto& sampler = parameters.text("sampler"); sampler == "cyclon")
    maker = std::make_unique<cyclon_views>(
        context, cyclon_options{number("degree"), number("view_size"), number("shuffle_length")});
  else if (sampler == "random-walk")
    maker = std::make_unique<random_walk_views>(
        context, random_walk_options{number("degree"), number("view_size"), number("walk_length")});
  return std::make_unique<gossip_learner>(std::move(context), std::move(maker));
}

std::vector<config::problem> check(const config::document& document) {
  const auto& parameters = document["algorithm"];
  if (graph_for(parameters) == graph_use::topology)
    return {};
  auto problems = refuse_copies(document);
  const auto others = document["experiment"].integer("nodes") - 1;
  if (const auto known = parameters.integer("view_size"); known > others)
    problems.push_back({"algorithm.view_size", fmt::format("a node knows {} other nodes, but there are {}; choose at "
                                                           "most {}",
                                                           known, others, others)});
  if (parameters.text("sampler") != "cyclon")
    return problems;
  for (const auto* key : {"degree", "shuffle_length"})
    if (parameters.integer(key) > parameters.integer("view_size"))
      problems.push_back({fmt::format("algorithm.{}", key),
                          fmt::format("with \"cyclon\" it is part of the view: choose at most algorithm.view_size = {}",
                                      parameters.integer("view_size"))});
  return problems;
}

} // namespace

algorithm peer_sampling() {
  return {
      .schema = {"peer-sampling",
                 "D-PSGD whose neighbours of a round come from a peer sampler, in one place or among the nodes.",
                 {{.name = "sampler",
                   .default_value = std::string("cyclon"),
                   .sentence = "Who finds the neighbours: the graph of [topology], or the nodes by shuffles of what "
                               "they know or by random walks.",
                   .choices = {"central", "cyclon", "random-walk"}},
                  {.name = "degree",
                   .default_value = std::int64_t{3},
                   .sentence = "Neighbours that a node chooses in a round, or walks that it sends out; as many "
                               "choose it on average. Not used with \"central\".",
                   .minimum = 1,
                   .maximum = 1000},
                  {.name = "view_size",
                   .default_value = std::int64_t{8},
                   .sentence = "Peers that a node knows at a time. Not used with \"central\".",
                   .minimum = 1,
                   .maximum = 1000},
                  {.name = "shuffle_length",
                   .default_value = std::int64_t{4},
                   .sentence = "Entries that two nodes swap at most, with \"cyclon\".",
                   .minimum = 1,
                   .maximum = 1000},
                  {.name = "walk_length",
                   .default_value = std::int64_t{8},
                   .sentence = "Hops of a walk, with \"random-walk\".",
                   .unit = "hops",
                   .minimum = 1,
                   .maximum = 1000}}},
      .graph = graph_use::none,
      .roles = peers,
      .make = make,
      .uses_sharing = true,
      .graph_for = graph_for,
      .check = check};
}

} // namespace rhizome::learning
