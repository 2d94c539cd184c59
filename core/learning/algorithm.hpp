#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/config/schema.hpp"
#include "core/learning/learner.hpp"
#include "core/learning/node_context.hpp"

namespace rhizome::learning {

/// What an algorithm needs of the communication graph.
enum class graph_use : std::uint8_t {
  topology, ///< the graph of [topology]
  none,     ///< none: it does not communicate, or its nodes choose partners themselves
  own,      ///< the one that algorithm::views draws
};

/// What a graph of an algorithm's own is drawn from.
struct own_graph {
  std::uint32_t nodes = 0;
  std::uint64_t seed = 1;
  round_number round = 0;
  std::set<node_id> absent = {};
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

  /// Whether what is sent goes through the sharing strategy; else models travel whole, running statistics included.
  bool uses_sharing = false;
  /// Whether it encodes by [sharing.codec] where it does not use the sharing strategy.
  bool uses_codec = false;
  /// What the algorithm needs of the graph where that depends on its parameters; null: `graph`.
  graph_use (*graph_for)(const config::section& parameters) = nullptr;
  /// What each node knows of its own graph in a round [nodes], null for absent ones: a pure function.
  std::vector<round_view_ptr> (*views)(const config::section& parameters, const own_graph& of) = nullptr;
  /// Combinations with other sections that cannot work; null: there are none.
  std::vector<config::problem> (*check)(const config::document& document) = nullptr;
  /// Why two runs of the same file differ, as a sentence; empty, or null: they do not.
  std::string (*not_repeatable)(const config::section& parameters) = nullptr;
  /// Whether its learners read run_context::label_histograms.
  bool needs_labels = false;
  /// What it does that makes a model's running statistics (BatchNorm) wrong: "..., which ..." before their mention;
  /// empty: nothing.
  std::string spoils_statistics = {};

  [[nodiscard]] graph_use uses(const config::section& parameters) const {
    return graph_for != nullptr ? graph_for(parameters) : graph;
  }
};

/// One role: all nodes are equal and have data.
[[nodiscard]] std::vector<role> peers(std::uint32_t nodes);

/// For the check of an algorithm whose graph changes each round: refuses a sharing strategy that needs one that stays.
[[nodiscard]] std::vector<config::problem> refuse_copies(const config::document& document);

} // namespace rhizome::learning
