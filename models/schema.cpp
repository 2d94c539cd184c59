#include "models/schema.hpp"

#include "models/detail/registry.hpp"

namespace rhizome::models {

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
  };
  section.selector = "name";
  for (const auto& kind : detail::all_models()) {
    section.variants.push_back(kind.variant);
    section.keys.front().choices.push_back(kind.variant.name);
  }
  return section;
}

} // namespace rhizome::models
