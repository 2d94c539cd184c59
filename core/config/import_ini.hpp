#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace rhizome::config {

/// What DecentralizePy's scripts take as arguments beside the INI file.
struct import_options {
  std::string name = "imported";      ///< experiment.name
  std::string node_type = "d-psgd";   ///< one of import_node_types(), or a class of the original
  std::uint32_t nodes = 16;           ///< machines times processes on each
  std::uint32_t rounds = 20;          ///< -is
  std::string graph = {};             ///< a generator's name or a file, -gf; empty: regular
  std::string graph_format = "edges"; ///< of the file, -gt
  std::uint32_t degree = 0;           ///< of regular graphs; 0: [NODE] graph_degree, or 4
  std::uint32_t test_after = 5;       ///< rounds between evaluations, -ta
  bool reset_optimizer = true;        ///< -ro
  double working_rate = 1;            ///< of federated runs, -wr
};

/// The names for import_options::node_type.
[[nodiscard]] std::vector<std::string> import_node_types();

struct imported {
  std::string toml;               ///< with the notes as comments at its head
  std::vector<std::string> notes; ///< what was not taken over, or is different, and why
};

/// Converts an INI file of DecentralizePy to a configuration. Its values are read, never evaluated. Errors are of kind
/// invalid_input, "source:line: sentence": what is no INI file, a value of the wrong form, a class without a
/// counterpart. Whether the result is valid is for config::parse to say.
[[nodiscard]] result<imported> import_ini(std::string_view text, std::string_view source,
                                          const import_options& options);

} // namespace rhizome::config
