// Every sharing strategy on a static and on a changing graph, and every algorithm, in one process and over three hosts.
#include <string>
#include <vector>

#include "core/learning/registry.hpp"
#include "core/sharing/registry.hpp"
#include "tests/support/lent_cluster.hpp"
#include "tests/support/same_results.hpp"

using namespace rhizome;
using namespace rhizome::tests;

namespace {

constexpr const char* twelve_nodes = R"([experiment]
name = "table"
nodes = 12
rounds = 5

[data]
dataset = "synthetic-classes"
samples_per_node = 40

[model]
name = "mlp"

[topology]
name = "regular"
degree = 4

[evaluation]
every = 2
nodes = 4
samples = 100
)";

} // namespace

TEST_CASE("every strategy runs on both kinds of graph with the same bits over hosts, or is refused with the reason") {
  lent_cluster cluster(3);
  const auto& directory = cluster.directory();
  cluster.scratch().write("table.toml", twelve_nodes);
  for (const auto& kind : sharing::strategies())
    for (const std::string dynamic : {"false", "true"}) {
      CAPTURE(kind.schema.name);
      CAPTURE(dynamic);
      const std::vector<std::string> choice = {"--set", "sharing.name=" + kind.schema.name, "--set",
                                               "topology.dynamic=" + dynamic};
      if (dynamic == "true" && !kind.keeps_copies.empty()) {
        std::vector<std::string> check = {"check", "table.toml"};
        check.insert(check.end(), choice.begin(), choice.end());
        const auto refused = run_rhizome(check, directory);
        CHECK(refused.code == 2);
        CHECK(refused.output.find("needs the same graph in each round: " + kind.keeps_copies) != std::string::npos);
        continue;
      }
      std::vector<std::string> run = {"table.toml", "--again"};
      run.insert(run.end(), choice.begin(), choice.end());
      const auto alone = run_experiment(run, directory);
      const auto spread = run_experiment(cluster.run_over(run), directory);
      CHECK(alone.at("bytes_sent") == spread.at("bytes_sent"));
      check_same_results(alone, spread, directory);
    }
}

TEST_CASE("every algorithm has the same bits over hosts") {
  lent_cluster cluster(3);
  const auto& directory = cluster.directory();
  cluster.scratch().write("table.toml", twelve_nodes);
  for (const auto& kind : learning::algorithms()) {
    CAPTURE(kind.schema.name);
    std::vector<std::string> run = {"table.toml", "--again", "--set", "algorithm.name=" + kind.schema.name};
    if (kind.schema.name == "el-oracle")
      run.insert(run.end(), {"--set", "topology.dynamic=true"});
    check_same_results(run_experiment(run, directory), run_experiment(cluster.run_over(run), directory), directory);
  }
}
