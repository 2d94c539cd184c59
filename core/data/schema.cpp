#include "core/data/schema.hpp"

#include <utility>

#include <fmt/format.h>

#include "core/data/partition.hpp"
#include "core/data/source.hpp"

namespace rhizome::data {

namespace {

std::vector<config::problem> check(const config::document& all) {
  const auto& data = all["data"];
  const auto& name = data.text("dataset");
  const auto* chosen = find_source(name);
  if (!chosen)
    return {};
  std::vector<config::problem> problems;
  if (chosen->check)
    problems = chosen->check(data);
  const auto& path = data.text("path");
  if (chosen->generated && !path.empty())
    problems.push_back({"data.path", fmt::format("has no meaning for \"{}\", which is generated: leave it out", name)});
  if (!chosen->generated && path.empty() && chosen->default_path.empty())
    problems.push_back({"data.path", fmt::format("has to be given for \"{}\": {}", name, chosen->how_to_get)});
  const auto& method = data.text("partition");
  if (needs_labels(method) && kind_of(*chosen, data) == task::regression)
    problems.push_back({"data.partition", fmt::format("\"{}\" needs class labels, but \"{}\" is a regression data set: "
                                                      "use \"iid\" or \"contiguous\"",
                                                      method, name)});
  if (needs_users(method) && !chosen->has_users)
    problems.push_back({"data.partition", fmt::format("\"{}\" needs a data set that says whose each sample is, but "
                                                      "\"{}\" does not: use \"iid\" or \"dirichlet\"",
                                                      method, name)});
  if (!data.reals("sizes").empty())
    if (auto sentence = check_sizes(data, static_cast<std::size_t>(all["experiment"].integer("nodes")));
        !sentence.empty())
      problems.push_back({"data.sizes", std::move(sentence)});
  return problems;
}

} // namespace

config::section_schema schema() {
  config::section_schema section;
  section.name = "data";
  section.sentence = "What is learnt from, and how it is spread over the nodes.";
  section.selector = "dataset";
  section.check = check;
  std::vector<std::string> names;
  for (const auto& each : all_sources()) {
    section.variants.push_back(each.variant);
    names.push_back(each.variant.name);
  }
  section.keys = {
      {.name = "dataset", .default_value = std::string("fashion-mnist"), .sentence = "The data set.", .choices = names},
      {.name = "path",
       .default_value = std::string(),
       .sentence = "Directory of its files; empty: the data set's own place, where it has one."},
      {.name = "train_samples",
       .default_value = std::int64_t{0},
       .sentence = "Training samples to use in all, drawn at random and kept in their order; 0: all.",
       .unit = "samples",
       .minimum = 0,
       .maximum = 4294967295.0},
      {.name = "test_samples",
       .default_value = std::int64_t{0},
       .sentence = "Test samples to use, drawn at random and kept in their order; 0: all (of a generated "
                   "data set: 1,000).",
       .unit = "samples",
       .minimum = 0,
       .maximum = 4294967295.0},
      {.name = "validation",
       .default_value = 0.0,
       .sentence =
           "Fraction of the samples of validation_source, drawn at random, that becomes a validation set; it is "
           "used by evaluation.set and nothing else.",
       .minimum = 0,
       .maximum = 0.99},
      {.name = "validation_source",
       .default_value = std::string("test"),
       .sentence = "Where the validation set is taken from: the test set, or the training set before it is spread over "
                   "the nodes. It is missing there then.",
       .choices = {"test", "train"}}};
  for (auto& key : partition_keys())
    section.keys.push_back(std::move(key));
  return section;
}

} // namespace rhizome::data
