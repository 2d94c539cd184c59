#include "core/learning/algorithm.hpp"
#include "core/learning/gossip_learner.hpp"

namespace rhizome::learning {

algorithm d_psgd() {
  return {{"d-psgd", "Local steps, then the mixing with the neighbours' models of the round: adapt then combine."},
          graph_use::topology,
          peers,
          [](node_context context, const config::section&) -> std::unique_ptr<learner> {
            return std::make_unique<gossip_learner>(std::move(context));
          }};
}

} // namespace rhizome::learning
