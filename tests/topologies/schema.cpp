#include "topologies/schema.hpp"

#include "tests/topologies/support.hpp"
#include "topologies/registry.hpp"

using namespace rhizome;
using namespace rhizome::topologies;

namespace {

/// What the check of [topology] says about so many nodes; empty if nothing.
std::vector<config::problem> problems(const config::section& topology, std::int64_t nodes) {
  config::document document;
  document.set("topology", topology);
  document.set("experiment", config::section({{"nodes", nodes}, {"seed", std::int64_t{1}}}));
  return schema().check(document);
}

std::string only_problem(const config::section& topology, std::int64_t nodes, std::string_view key) {
  const auto found = problems(topology, nodes);
  REQUIRE(found.size() == 1);
  CHECK(found[0].key == key);
  return found[0].sentence;
}

} // namespace

TEST_CASE("the schema lists each topology once, with a name key that chooses it") {
  const auto section = schema();
  CHECK(section.selector == "name");
  REQUIRE(section.find("name", "") != nullptr);
  CHECK(section.find("name", "")->choices.size() == all().size());
  CHECK(std::get<std::string>(section.find("name", "")->default_value) == "regular");
  CHECK(section.find("degree", "regular") != nullptr);
  CHECK(section.find("degree", "ring") == nullptr);
  CHECK(find("erdos-renyi") != nullptr);
  CHECK(find("moebius") == nullptr);
}

TEST_CASE("the defaults of every topology work for 64 nodes") {
  for (const topology& kind : all())
    if (kind.schema.name != "file")
      CHECK(problems(settings(kind.schema.name), 64).empty());
}

TEST_CASE("combinations that cannot work are refused at the key that is wrong") {
  CHECK(says(only_problem(settings("ring", {{"dynamic", true}}), 64, "topology.dynamic"),
             "\"ring\" is the same graph in each round"));
  CHECK(says(only_problem(settings("regular", {{"dynamic", true}, {"weights", std::string("best-constant")}}), 64,
                          "topology.weights"),
             "static graphs"));
  CHECK(says(only_problem(settings("regular"), 63, "topology.degree"), "both are odd"));
  CHECK(says(only_problem(settings("regular"), 4, "topology.degree"), "among 4 nodes"));
  CHECK(says(only_problem(settings("hypercube"), 63, "topology.name"), "power of two"));
  CHECK(says(only_problem(settings("regular", {{"weights", std::string("file")}}), 64, "topology.weights"),
             "needs a weight for each edge"));
  CHECK(says(only_problem(settings("erdos-renyi", {{"p", 1e-6}}), 64, "topology.name"), "raise it"));
  CHECK(problems(settings("ring", {{"weights", std::string("best-constant")}}), 64).empty());
  const config::value centrality = std::string("centrality");
  CHECK(says(only_problem(settings("ring", {{"weights", centrality}}), 16'000, "topology.weights"), "allowed up to"));
  CHECK(problems(settings("regular", {{"weights", centrality}, {"dynamic", true}}), 64).empty());
}
