#include "models/schema.hpp"

#include "core/learning/registry.hpp"
#include "models/detail/registry.hpp"

namespace rhizome::models {

namespace {

/// Running statistics can only stay behind where a sharing strategy decides what is sent.
std::vector<config::problem> check_buffers(const config::document& document) {
  const auto& algorithm = document["algorithm"].text("name");
  if (document["model"].text("buffers") != "local" || learning::find_algorithm(algorithm).uses_sharing)
    return {};
  return {{"model.buffers", "algorithm.name = \"" + algorithm +
                                "\" sends models whole, so that running statistics cannot stay with their node; "
                                "choose \"shared\" or \"averaged\", which are the same there"}};
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
  };
  section.selector = "name";
  section.check = check_buffers;
  for (const auto& kind : detail::all_models()) {
    section.variants.push_back(kind.variant);
    section.keys.front().choices.push_back(kind.variant.name);
  }
  return section;
}

} // namespace rhizome::models
