#include "models/detail/random_operators.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/inliner.h>

namespace rhizome::models::detail {

namespace {

using torch::jit::Node;

/// Operators whose randomness LibTorch's own tables leave out in one version or another. Names without the underscore
/// of variants in place.
constexpr std::array<std::string_view, 11> dropouts = {
    "dropout", "alpha_dropout", "feature_dropout", "feature_alpha_dropout",         "native_dropout", "rrelu",
    "lstm",    "gru",           "rnn_tanh",        "_scaled_dot_product_attention", "rnn_relu"};

/// Arguments that hold the probability to drop a value, and those that say whether it is training.
constexpr std::array<std::string_view, 3> probabilities = {"p", "dropout", "dropout_p"};
constexpr std::array<std::string_view, 2> switches = {"train", "training"};

template <std::size_t n>
bool contains(const std::array<std::string_view, n>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

void add(std::vector<std::string>& names, std::string name) {
  if (std::ranges::find(names, name) == names.end())
    names.push_back(std::move(name));
}

bool can_be_random(const Node& node, const c10::FunctionSchema& schema) {
  std::string_view name = node.kind().toUnqualString();
  if (name.ends_with('_'))
    name.remove_suffix(1);
  return contains(dropouts, name) || node.isNondeterministic() ||
         std::ranges::any_of(schema.arguments(), [](const auto& a) { return a.name() == "generator"; });
}

/// Sorts an operator that can be random by what the graph says of its probability.
void note_random(const Node& node, const c10::FunctionSchema& schema, graph_findings& findings) {
  bool computed = false;
  for (std::size_t i = 0; i < schema.arguments().size(); ++i) {
    const auto& name = schema.arguments()[i].name();
    const auto constant = torch::jit::toIValue(node.input(i));
    if (contains(switches, name) && constant && constant->isBool() && !constant->toBool())
      return;
    if (!contains(probabilities, name))
      continue;
    if (constant && constant->isDouble() && constant->toDouble() == 0)
      return;
    computed = computed || !constant;
  }
  add(computed ? findings.possibly_random : findings.random, node.kind().toQualString());
}

void inspect(at::ArrayRef<const torch::jit::Block*> blocks, graph_findings& findings);

void inspect(const Node& node, graph_findings& findings) {
  if (node.kind() == c10::prim::SetAttr)
    add(findings.assigned, node.s(c10::attr::name));
  if (node.kind() == c10::prim::fork)
    findings.forks = true;
  if (const auto* schema = node.maybeSchema(); schema != nullptr && can_be_random(node, *schema))
    note_random(node, *schema, findings);
  inspect(node.blocks(), findings);
  if (node.hasAttribute(c10::attr::Subgraph) && node.kindOf(c10::attr::Subgraph) == torch::jit::AttributeKind::g)
    inspect({node.g(c10::attr::Subgraph)->block()}, findings);
}

void inspect(at::ArrayRef<const torch::jit::Block*> blocks, graph_findings& findings) {
  for (const auto* block : blocks)
    for (const auto* node : block->nodes())
      inspect(*node, findings);
}

} // namespace

graph_findings inspect(torch::jit::Graph& graph) {
  graph_findings findings;
  const auto inlined = graph.copy();
  torch::jit::Inline(*inlined);
  inspect({inlined->block()}, findings);
  return findings;
}

} // namespace rhizome::models::detail
