// A node whose parameters are no longer numbers, in the real program.
#include <string>

#include "cli/exit_code.hpp"
#include "core/results/store.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;

namespace {

/// Four nodes with eight samples each of y = x; those of node 1 are so large that its first steps overflow.
struct broken_node {
  tests::scratch_directory scratch;

  broken_node() {
    std::string train = "x,label\n";
    for (int i = 0; i < 32; ++i)
      train += i / 8 == 1 ? "1e30,1e30\n" : std::to_string(i % 8) + ".0," + std::to_string(i % 8) + ".0\n";
    std::filesystem::create_directory(scratch.path() / "data");
    scratch.write("data/train.csv", train);
    scratch.write("data/test.csv", "x,label\n1.0,1.0\n2.0,2.0\n");
    scratch.write("broken.toml", R"([experiment]
name = "broken"
nodes = 4
rounds = 5

[data]
dataset = "csv"
path = "data"
task = "regression"
standardise = false
partition = "contiguous"

[model]
name = "linear"

[training]
learning_rate = 0.01

[topology]
name = "complete"
)");
  }
};

} // namespace

TEST_CASE_FIXTURE(broken_node, "a node with NaN ends the run with a sentence that names node, round and loss") {
  const auto ran = tests::run_rhizome({"run", "broken.toml"}, scratch.path());
  CAPTURE(ran.output);
  CHECK(ran.code == cli::exit_failed);
  for (const std::string part : {"rhizome: ", "node 1 ", "round 1 ", "loss "})
    CHECK(ran.output.find(part) != std::string::npos);
}

TEST_CASE_FIXTURE(broken_node, "an isolated node is recorded, and the others finish their run with finite numbers") {
  const auto summary = tests::run_experiment({"broken.toml", "--set", "runtime.on_nonfinite=isolate"}, scratch.path());
  const auto store = results::store::open(scratch.path() / summary.at("directory").get<std::string>());
  REQUIRE(store);
  const auto events = store->events();
  REQUIRE(events->size() == 1);
  CHECK(events->front().kind == "nonfinite");
  CHECK(events->front().text.find("node 1 ") != std::string::npos);
  REQUIRE(store->rounds()->size() == 5);
  CHECK(store->rounds()->back().loss_mean < 100);
}
