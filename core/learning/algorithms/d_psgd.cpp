#include "core/learning/algorithm.hpp"
#include "core/learning/gossip_learner.hpp"

namespace rhizome::learning {

algorithm d_psgd() {
  return {.schema = {"d-psgd",
                     "Local steps, then the mixing with the neighbours' models of the round: adapt then combine."},
          .graph = graph_use::topology,
          .roles = peers,
          .make = [](node_context context, const config::section&) -> std::unique_ptr<learner> {
            return std::make_unique<gossip_learner>(std::move(context));
          },
          .survives_losses = true,
          .uses_sharing = true};
}

} // namespace rhizome::learning
