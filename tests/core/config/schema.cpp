#include "core/config/schema.hpp"

#include <stdexcept>

#include "core/config/parse.hpp"
#include "core/config/sections.hpp"
#include "core/config/suggest.hpp"
#include "tests/core/config/toy_schema.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::config;

namespace {

const schema own = {{experiment_schema(), evaluation_schema(), runtime_schema()}};

document parsed(std::vector<std::string> overrides) {
  auto doc = parse("", "f.toml", own, overrides);
  REQUIRE_MESSAGE(doc, doc.error().message);
  return *doc;
}

} // namespace

TEST_CASE("asking for a key, type, section or variant that does not exist is a programmer's error") {
  const auto toy = tests::toy_schema();
  const auto types = defaults(*toy.find("types"));
  CHECK(types.integer("count") == 4);
  CHECK_THROWS_AS((void)types.integer("cuont"), std::logic_error);
  CHECK_THROWS_AS((void)types.real("count"), std::logic_error);
  CHECK_THROWS_AS((void)document{}["types"], std::logic_error);
  CHECK_THROWS_AS((void)defaults(*toy.find("graph"), "torus"), std::logic_error);
  CHECK(toy.find("nowhere") == nullptr);
}

TEST_CASE("defaults of a variant are its own keys and the common ones") {
  const auto toy = tests::toy_schema();
  const auto& graph = *toy.find("graph");
  CHECK(defaults(graph).values().size() == 2);
  const auto regular = defaults(graph, "regular");
  CHECK(regular.text("name") == "regular");
  CHECK(regular.integer("degree") == 5);
  CHECK(graph.find("degree", "ring") == nullptr);
  CHECK(graph.find("rewiring", "small-world") != nullptr);
}

TEST_CASE("the nearest word is found, and none where nothing is near") {
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("cuont", "count") == 1);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("LeNet", "lenet") == 0);
  const std::vector<std::string> words = {"ring", "random-geometric", "grid", "x"};
  CHECK(nearest("gird", words) == "grid");
  CHECK(nearest("random_geometrc", words) == "random-geometric");
  CHECK_FALSE(nearest("hypercube", words));
  CHECK_FALSE(nearest("", words));
}

TEST_CASE("the project's own sections fill their structs") {
  const auto doc = parsed({"experiment.name=2024", "experiment.seed=7", "evaluation.on=both", "runtime.threads=3",
                           "runtime.on_nonfinite=isolate", "runtime.grace=0.5", "runtime.on_failure=continue"});
  const auto experiment = experiment_options::from(doc["experiment"]);
  CHECK(experiment.name == "2024");
  CHECK(experiment.seed == 7);
  CHECK(experiment.nodes == 16);
  CHECK(experiment.rounds == 20);
  const auto evaluation = evaluation_options::from(doc["evaluation"]);
  CHECK(evaluation.every == 10);
  CHECK(evaluation.nodes == 16);
  CHECK(evaluation.samples == 2000);
  CHECK(evaluation.final_samples == 0);
  CHECK(evaluation.consensus);
  CHECK(evaluation.on == evaluation_data::both);
  const auto runtime = runtime_options::from(doc["runtime"]);
  CHECK(runtime.threads == 3);
  CHECK(runtime.run_ahead == 2);
  CHECK(runtime.stall_timeout.count() == 300);
  CHECK(runtime.grace.count() == 0.5);
  CHECK(runtime.on_nonfinite == nonfinite_policy::isolate);
  CHECK(runtime.on_failure == failure_policy::go_on);
  CHECK(runtime.log_level == "info");
  CHECK(runtime_options::from(parsed({})["runtime"]).threads >= 1);
  CHECK(runtime_options::from(parsed({})["runtime"]).on_failure == failure_policy::abort);
}

TEST_CASE("a run's name is usable as a directory") {
  for (const std::string name : {"a", "A-1.b_c", "2024-01-01"})
    CHECK(parsed({"experiment.name=" + name})["experiment"].text("name") == name);
  for (const std::string name : {"", ".", "..", "a/b", "-a", "a b", "\"a\\nb\"", "ä"}) {
    const auto doc = parse("", "f.toml", own, std::vector{"experiment.name=" + name});
    REQUIRE_FALSE(doc);
    CHECK(doc.error().message.find("becomes a directory's name") != std::string::npos);
  }
  CHECK_FALSE(parse("", "f.toml", own, std::vector{"experiment.name=" + std::string(101, 'a')}));
}
