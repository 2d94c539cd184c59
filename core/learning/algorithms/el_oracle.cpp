#include <fmt/format.h>

#include "core/learning/algorithm.hpp"
#include "core/learning/gossip_learner.hpp"

namespace rhizome::learning {

namespace {

/// It is D-PSGD on a fresh regular graph each round: on such a graph all mixing rules but a lazy one and centrality are
/// the plain average. So [topology] says what is drawn, for `rhizome topology` and sharing strategies to see it too.
std::vector<config::problem> check(const config::document& document) {
  const auto& topology = document["topology"];
  if (topology.text("name") != "regular")
    return {{"topology.name", "\"el-oracle\" draws regular graphs; choose \"regular\", or algorithm.name = \"d-psgd\" "
                              "for any other graph"}};
  std::vector<config::problem> problems;
  if (!topology.boolean("dynamic"))
    problems.push_back({"topology.dynamic", "\"el-oracle\" draws a fresh graph each round; set it to true, or choose "
                                            "algorithm.name = \"d-psgd\" for a graph that stays"});
  if (topology.boolean("lazy"))
    problems.push_back({"topology.lazy", "\"el-oracle\" takes the plain average of a node and its neighbours; leave "
                                         "lazy out, or choose algorithm.name = \"d-psgd\""});
  if (topology.text("weights") == "centrality")
    problems.push_back({"topology.weights", "\"el-oracle\" takes the plain average of a node and its neighbours; leave "
                                            "weights out, or choose algorithm.name = \"d-psgd\""});
  const auto fanout = document["algorithm"].integer("fanout");
  if (const auto degree = topology.integer("degree"); fanout != 0 && fanout != degree)
    problems.push_back({"algorithm.fanout", fmt::format("the graph has topology.degree = {0} neighbours a node; make "
                                                        "both {1} or both {0}, or leave fanout out",
                                                        degree, fanout)});
  return problems;
}

} // namespace

algorithm el_oracle() {
  return {
      .schema = {"el-oracle",
                 "Epidemic learning with an oracle: D-PSGD on a regular graph that is drawn afresh each round, with "
                 "the plain average; it needs topology.dynamic.",
                 {{.name = "fanout",
                   .default_value = std::int64_t{0},
                   .sentence = "Neighbours of a node in a round; 0: as many as topology.degree says.",
                   .minimum = 0}}},
      .graph = graph_use::topology,
      .roles = peers,
      .make = [](node_context context, const config::section&) -> std::unique_ptr<learner> {
        return std::make_unique<gossip_learner>(std::move(context));
      },
      .survives_losses = true,
      .uses_sharing = true,
      .check = check};
}

} // namespace rhizome::learning
