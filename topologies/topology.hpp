#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/config/schema.hpp"
#include "core/random.hpp"
#include "core/result.hpp"
#include "topologies/graph.hpp"

namespace rhizome::topologies {

/// A kind of graph: its schema and how to draw one. To add one: a file in topologies/generators/ with a function that
/// returns it, and a line in registry.cpp.
struct topology {
  /// Its name, sentence and keys under [topology].
  config::variant schema;

  /// Whether two draws differ: only such a topology may be dynamic.
  bool random = false;

  /// What cannot work for so many nodes; empty if all is well. Looks at numbers only, draws nothing.
  std::vector<config::problem> (*check)(const config::section& parameters, std::size_t nodes) = nullptr;

  /// A graph. `parameters` has passed `check`. It need not be connected: the caller looks, and draws again from the
  /// same stream.
  result<graph> (*draw)(const config::section& parameters, std::size_t nodes, random_stream& random) = nullptr;

  /// For a random topology that may turn out disconnected: half a sentence that says what to change then.
  std::string (*remedy)(const config::section& parameters, std::size_t nodes) = nullptr;
};

/// A check that finds nothing.
[[nodiscard]] inline std::vector<config::problem> always_fine(const config::section&, std::size_t) {
  return {};
}

/// `{}` or the one problem of a graph that would have so many directed edges.
[[nodiscard]] inline std::vector<config::problem> edges_fit(const char* key, double edges) {
  if (auto sentence = too_many_edges(edges); !sentence.empty())
    return {{key, std::move(sentence)}};
  return {};
}

} // namespace rhizome::topologies
