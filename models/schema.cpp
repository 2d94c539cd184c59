#include "models/schema.hpp"

#include <fmt/format.h>

#include "core/learning/registry.hpp"
#include "models/detail/registry.hpp"

namespace rhizome::models {

namespace {

/// Running statistics can only stay behind where a sharing strategy decides what is sent.
void check_buffers(const config::document& document, std::vector<config::problem>& problems) {
  const auto& algorithm = document["algorithm"].text("name");
  if (document["model"].text("buffers") == "local" && !learning::find_algorithm(algorithm).uses_sharing)
    problems.push_back({"model.buffers", "algorithm.name = \"" + algorithm +
                                             "\" has one model for all nodes, so that running statistics cannot stay "
                                             "with their node; choose \"shared\" or \"averaged\", which are the same "
                                             "there"});
}

/// Parameters that come from a file are the same for all nodes.
void check_files(const config::section& model, std::vector<config::problem>& problems) {
  const bool has_path = model.has("path");
  if (has_path && model.text("path").empty())
    problems.push_back({"model.path", "model.path is not set: name the TorchScript file"});
  if (model.text("init") == "independent" && (has_path || !model.text("initial").empty()))
    problems.push_back(
        {"model.init", fmt::format("\"independent\" draws parameters for each node, but they come from {}; "
                                   "expected \"shared\"",
                                   model.text("initial").empty() ? "model.path" : "model.initial")});
}

std::vector<config::problem> check(const config::document& document) {
  std::vector<config::problem> problems;
  check_buffers(document, problems);
  check_files(document["model"], problems);
  return problems;
}

} // namespace

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
      {.name = "buffers",
       .default_value = std::string("shared"),
       .sentence = "What becomes of a model's running statistics: \"shared\" with the parameters, as the sharing "
                   "strategy does it; \"averaged\" whole with the mixing weights, beside whatever the strategy sends; "
                   "\"local\" to the node, which sends none. All the same to models without BatchNorm.",
       .choices = {"shared", "averaged", "local"}},
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
