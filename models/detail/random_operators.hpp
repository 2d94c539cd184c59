#pragma once

#include <string>
#include <vector>

#include <torch/csrc/jit/ir/ir.h>

namespace rhizome::models::detail {

/// What keeps two runs of a graph from giving the same bits, by the names of operators such as "aten::dropout".
struct graph_findings {
  std::vector<std::string> random;          ///< draw from LibTorch's generator in training mode
  std::vector<std::string> possibly_random; ///< do so with some probabilities, which the graph computes
  std::vector<std::string> assigned;        ///< attributes of modules that are assigned to
  bool forks = false;                       ///< starts tasks in other threads
};

/// Looks at all of the graph's functions, methods of submodules and blocks.
[[nodiscard]] graph_findings inspect(torch::jit::Graph& graph);

} // namespace rhizome::models::detail
