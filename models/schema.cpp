#include "models/schema.hpp"

#include <fmt/format.h>

#include "models/detail/registry.hpp"

namespace rhizome::models {

/// Parameters that come from a file are the same for all nodes.
static std::vector<config::problem> check(const config::document& document) {
  const auto& model = document["model"];
  std::vector<config::problem> problems;
  const bool has_path = model.has("path");
  if (has_path && model.text("path").empty())
    problems.push_back({"model.path", "model.path is not set: name the TorchScript file"});
  if (model.text("init") == "independent" && (has_path || !model.text("initial").empty()))
    problems.push_back(
        {"model.init", fmt::format("\"independent\" draws parameters for each node, but they come from {}; "
                                   "expected \"shared\"",
                                   model.text("initial").empty() ? "model.path" : "model.initial")});
  return problems;
}

config::section_schema schema() {
  config::section_schema section;
  section.name = "model";
  section.sentence = "What is learnt: a network whose input and outputs follow from the data set.";
  section.keys = {
      {.name = "name", .default_value = std::string("lenet"), .sentence = "The model."},
      {.name = "init",
       .default_value = std::string("shared"),
       .sentence = "Initial parameters: \"shared\" by all nodes, or \"independent\" for each.",
       .choices = {"shared", "independent"}},
      {.name = "initial",
       .default_value = std::string(),
       .sentence =
           "A file with the parameters that all nodes begin with: model.pt of a run, or a dictionary of tensors "
           "that Python's torch has saved. A relative path starts at the current directory; every host of a "
           "run needs the file. Empty: they are drawn."},
  };
  section.selector = "name";
  section.check = check;
  for (const auto& kind : detail::all_models()) {
    section.variants.push_back(kind.variant);
    section.keys.front().choices.push_back(kind.variant.name);
  }
  return section;
}

} // namespace rhizome::models
