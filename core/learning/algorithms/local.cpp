#include "core/learning/algorithm.hpp"
#include "core/learning/gossip_learner.hpp"

namespace rhizome::learning {

std::vector<role> peers(std::uint32_t nodes) {
  return {{"peer", nodes, true}};
}

// Without a graph every round view is empty, and the gossip learner is a plain local optimizer.

algorithm local() {
  return {.schema = {"local", "A baseline: every node trains alone, without communication."},
          .graph = graph_use::none,
          .roles = peers,
          .make = [](node_context context, const config::section&) -> std::unique_ptr<learner> {
            return std::make_unique<gossip_learner>(std::move(context));
          },
          .survives_losses = true,
          .uses_sharing = true};
}

algorithm centralized() {
  return {.schema = {"centralized", "A baseline: one node with all data trains as many steps as each node would."},
          .graph = graph_use::none,
          .roles = [](std::uint32_t) -> std::vector<role> { return peers(1); },
          .make = [](node_context context, const config::section&) -> std::unique_ptr<learner> {
            return std::make_unique<gossip_learner>(std::move(context));
          },
          .uses_sharing = true};
}

} // namespace rhizome::learning
