#pragma once

#include <cmath>
#include <map>
#include <string>
#include <string_view>

#include "core/config/schema.hpp"
#include "tests/support/doctest.hpp"
#include "topologies/graph_sequence.hpp"
#include "topologies/mixing.hpp"
#include "topologies/schema.hpp"

namespace rhizome::topologies {

/// Values of [topology] for the named topology, with some keys changed.
inline config::section settings(std::string_view name, const std::map<std::string, config::value>& changes = {}) {
  auto section = config::defaults(schema(), name);
  section.set("name", std::string(name));
  for (const auto& [key, value] : changes)
    section.set(key, value);
  return section;
}

/// The graph of a round. Fails the test if there is none.
inline graph_ptr draw(const config::section& section, std::size_t nodes, std::uint64_t seed = 1,
                      round_number round = 0) {
  const auto graphs = graph_sequence::make(section, nodes, seed);
  REQUIRE_MESSAGE(graphs.has_value(), graphs.error().message);
  const auto g = graphs->at(round);
  REQUIRE_MESSAGE(g.has_value(), g.error().message);
  return *g;
}

inline graph_ptr draw(std::string_view name, std::size_t nodes,
                      const std::map<std::string, config::value>& changes = {}) {
  return draw(settings(name, changes), nodes);
}

/// Why there is no such graph. Fails the test if there is one.
inline std::string refusal(std::string_view name, std::size_t nodes,
                           const std::map<std::string, config::value>& changes = {}) {
  const auto graphs = graph_sequence::make(settings(name, changes), nodes, 1);
  REQUIRE_FALSE(graphs.has_value());
  return graphs.error().message;
}

/// Whether a sentence says a thing.
inline bool says(const std::string& sentence, std::string_view thing) {
  return sentence.find(thing) != std::string::npos;
}

} // namespace rhizome::topologies
