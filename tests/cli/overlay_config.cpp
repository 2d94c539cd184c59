// What the algorithms that choose neighbours themselves can be put together with.
#include <string>
#include <vector>

#include "cli/schema.hpp"
#include "core/config/parse.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;

namespace {

std::string complaint(const std::vector<std::string>& overrides) {
  const auto doc =
      config::parse("[topology]\nname = \"regular\"\ndegree = 4\n", "file.toml", cli::full_schema(), overrides);
  return doc ? "" : doc.error().message;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("the oracle of epidemic learning wants a fresh regular graph each round") {
  const std::string oracle = "algorithm.name=el-oracle";
  CHECK(complaint({oracle, "topology.dynamic=true"}) == "");
  CHECK(complaint({oracle, "topology.dynamic=true", "algorithm.fanout=4"}) == "");
  CHECK(contains(complaint({oracle}), "draws a fresh graph each round"));
  CHECK(contains(complaint({oracle, "topology.dynamic=true", "algorithm.fanout=3"}), "topology.degree = 4"));
  CHECK(contains(complaint({oracle, "topology.dynamic=true", "topology.lazy=true"}), "plain average"));
  CHECK(contains(complaint({oracle, "topology.dynamic=true", "topology.weights=centrality"}), "plain average"));
}

TEST_CASE("graphs of the nodes' own that change refuse strategies that keep copies, and too many neighbours") {
  for (const std::string name : {"el-local", "peer-sampling"}) {
    CHECK(complaint({"algorithm.name=" + name}) == "");
    CHECK(contains(complaint({"algorithm.name=" + name, "sharing.name=choco"}), "needs the same graph in each round"));
  }
  CHECK(complaint({"algorithm.name=knn"}) == "");
  CHECK(complaint({"algorithm.name=knn", "sharing.name=choco"}) == "");
  const std::string few = "experiment.nodes=5";
  CHECK(contains(complaint({"algorithm.name=el-local", few, "algorithm.fanout=5"}), "choose at most 4"));
  CHECK(contains(complaint({"algorithm.name=knn", few, "algorithm.neighbours=5"}), "choose at most 4"));
  CHECK(contains(complaint({"algorithm.name=peer-sampling", few}), "choose at most 4"));
  CHECK(contains(complaint({"algorithm.name=peer-sampling", "algorithm.degree=9"}), "algorithm.view_size = 8"));
}

TEST_CASE("a deadline is below the time after which a run has stalled, and nobody can be lost with notices") {
  const std::string local = "algorithm.name=el-local";
  CHECK(complaint({local, "algorithm.deadline=2"}) == "");
  CHECK(contains(complaint({local, "algorithm.deadline=400"}), "runtime.stall_timeout"));
  CHECK(complaint({local, "runtime.on_failure=continue"}) == "");
  CHECK(contains(complaint({local, "runtime.on_failure=continue", "algorithm.announce=notices"}), "choose \"abort\""));
}
