// The same file gives the same bits in one process and over hosts, whatever carries the nodes and however.
#include <string>
#include <vector>

#include "tests/support/lent_cluster.hpp"
#include "tests/support/same_results.hpp"

using namespace rhizome;
using namespace rhizome::tests;

namespace {

using arguments = std::vector<std::string>;

constexpr const char* lenet = R"([experiment]
name = "bits"
nodes = 48
rounds = 10

[data]
dataset = "fashion-mnist"
partition = "shards"

[model]
name = "lenet"

[training]
local_steps = 1
batch_size = 8

[topology]
name = "regular"
degree = 4

[evaluation]
every = 5
nodes = 4
samples = 100
final_samples = 100
)";

constexpr const char* tiny = R"([experiment]
name = "tiny"
nodes = 13
rounds = 6

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
nodes = 5
samples = 100
)";

arguments with(arguments all, const arguments& overrides) {
  for (const auto& each : overrides)
    all.insert(all.end(), {"--set", each});
  return all;
}

} // namespace

TEST_CASE("the LeNet on Fashion-MNIST has the same bits in one process and over one, three and five hosts") {
  lent_cluster plain(5);
  const auto& directory = plain.directory();
  plain.scratch().write("lenet.toml", lenet);
  const auto alone = run_experiment({"lenet.toml", "--again"}, directory);
  CHECK(alone.at("bytes_wire") == 0);
  for (const std::size_t hosts : {1, 3, 5}) {
    CAPTURE(hosts);
    const auto spread = run_experiment(plain.run_over({"lenet.toml", "--again"}, hosts), directory);
    check_same_results(alone, spread, directory);
    CHECK(spread.at("bytes_wire") > 0);
    CHECK(spread.at("bytes_wire") < alone.at("bytes_sent"));
  }
  // The starting machine carries nothing: three hosts do all of it.
  const auto lent =
      run_experiment(with(plain.run_over({"lenet.toml", "--again"}, 3), {"cluster.local=false"}), directory);
  check_same_results(alone, lent, directory);
}

TEST_CASE("and over three hosts with TLS") {
  lent_cluster secure(3, true);
  secure.scratch().write("lenet.toml", lenet);
  const auto alone = run_experiment({"lenet.toml", "--again"}, secure.directory());
  const auto spread = run_experiment(secure.run_over({"lenet.toml", "--again"}), secure.directory());
  check_same_results(alone, spread, secure.directory());
}

TEST_CASE("no metric depends on where the nodes are") {
  lent_cluster cluster(3);
  const auto& directory = cluster.directory();
  cluster.scratch().write("tiny.toml", tiny);
  const arguments in_turns = {"cluster.placement=\"round-robin\""};
  const arguments by_weight = {"cluster.placement=\"weighted\"", "cluster.weights=[1, 0, 5, 2.5]"};
  const arguments by_map = {"cluster.placement=\"explicit\"", "cluster.map=[\"0-3,12\", \"4\", \"6,5,11\", \"7-10\"]"};
  const arguments elsewhere = {"cluster.local=false", "cluster.chunk=1", "cluster.window=2"};
  struct experiment {
    arguments changes;
    std::vector<arguments> placements;
  };
  const std::vector<experiment> experiments = {
      {{}, {in_turns, by_weight, by_map, elsewhere}},
      {{"topology.dynamic=true", "training.momentum=0.9", "evaluation.on=\"both\""}, {in_turns, elsewhere}},
      {{"algorithm.name=\"all-reduce\""}, {by_map, elsewhere}},
      {{"algorithm.name=\"local\""}, {by_weight}},
      {{"model.init=\"independent\"", "evaluation.every=1"}, {in_turns}},
  };
  for (const auto& [changes, placements] : experiments) {
    CAPTURE(changes);
    const auto alone = run_experiment(with({"tiny.toml", "--again"}, changes), directory);
    for (const auto& placement : placements) {
      CAPTURE(placement);
      const auto spread =
          run_experiment(with(with(cluster.run_over({"tiny.toml", "--again"}), changes), placement), directory);
      check_same_results(alone, spread, directory);
    }
  }
}
