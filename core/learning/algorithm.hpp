#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/config/schema.hpp"
#include "core/learning/learner.hpp"
#include "core/learning/node_context.hpp"

namespace rhizome::learning {

/// What an algorithm needs of the communication graph.
enum class graph_use : std::uint8_t {
  topology, ///< the graph of [topology]
  none,     ///< none: it does not communicate, or chooses partners itself
};

/// A role of nodes and how many have it. Ids go role by role: the peers first, then for example the server.
struct role {
  std::string name; ///< "peer", "server", ...
  std::uint32_t count = 0;
  bool has_data = true; ///< gets a share of the training data; roles with data come first
};

/// An algorithm as the registry knows it.
struct algorithm {
  config::variant schema;
  graph_use graph = graph_use::topology;

  /// The roles for `experiment.nodes` = nodes.
  std::vector<role> (*roles)(std::uint32_t nodes);

  /// The learner of one node.
  std::unique_ptr<learner> (*make)(node_context context, const config::section& parameters);

  /// Whether the others can go on when nodes are lost, and take them back (`runtime.on_failure = "continue"`).
  bool survives_losses = false;

  /// Combinations with other sections that cannot work; null: there are none.
  std::vector<config::problem> (*check)(const config::document& document) = nullptr;
  /// Whether what is sent goes through the sharing strategy; else models travel whole, running statistics included.
  bool uses_sharing = false;
};

/// One role: all nodes are equal and have data.
[[nodiscard]] std::vector<role> peers(std::uint32_t nodes);

} // namespace rhizome::learning
