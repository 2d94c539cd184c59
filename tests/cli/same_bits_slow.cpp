// One configuration has one result: the hash over all nodes' parameters depends neither on threads nor on the run.
#include <string>
#include <vector>

#include "tests/cli/program.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;

namespace {

using arguments = std::vector<std::string>;

constexpr const char* base = R"([experiment]
name = "bits"
nodes = 12
rounds = 6

[data]
dataset = "synthetic-classes"
samples_per_node = 40

[model]
name = "mlp"

[topology]
name = "regular"
degree = 3

[evaluation]
every = 3
nodes = 4
samples = 100
)";

/// The summary without what is time, place or the number of threads.
nlohmann::json without_time(nlohmann::json summary) {
  for (const auto* key :
       {"directory", "overhead", "peak_rss_bytes", "seconds_setup", "seconds_rounds", "seconds_first_round",
        "seconds_evaluation", "seconds_sharing", "rounds_per_second", "threads"})
    REQUIRE(summary.erase(key) == 1);
  return summary;
}

/// Runs it with 1, 2, 4 and again 2 threads; returns the one hash.
std::string hash_of(const arguments& overrides) {
  const tests::scratch_directory scratch;
  scratch.write("bits.toml", base);
  std::vector<nlohmann::json> summaries;
  for (const std::string threads : {"1", "2", "4", "2"}) {
    arguments all = {"bits.toml", "--again", "--threads", threads};
    for (const auto& each : overrides)
      all.insert(all.end(), {"--set", each});
    summaries.push_back(without_time(tests::run_experiment(all, scratch.path())));
    CHECK(summaries.back() == summaries.front());
  }
  return summaries.front().at("parameters_hash");
}

} // namespace

TEST_CASE("the hash of all parameters is the same for every number of threads and in a second run") {
  const std::vector<arguments> optimizers = {
      {"training.momentum=0.9"},
      {"training.optimizer=\"adam\"", "training.learning_rate=0.001"},
  };
  std::vector<std::string> hashes;
  for (const std::string dynamic : {"false", "true"})
    for (auto overrides : optimizers) {
      overrides.push_back("topology.dynamic=" + dynamic);
      CAPTURE(overrides.front());
      CAPTURE(dynamic);
      hashes.push_back(hash_of(overrides));
    }
  std::ranges::sort(hashes);
  CHECK(std::ranges::adjacent_find(hashes) == hashes.end()); // what was changed did change the run
}

TEST_CASE("the same holds for the LeNet with its own operators") {
  for (const std::string dynamic : {"false", "true"})
    hash_of({"data.dataset=\"synthetic-images\"", "model.name=\"lenet\"", "experiment.rounds=3", "evaluation.every=0",
             "training.local_steps=2", "topology.dynamic=" + dynamic});
}

TEST_CASE("the same holds for every baseline") {
  const auto local = hash_of({"algorithm.name=\"local\""});
  const auto all_reduce = hash_of({"algorithm.name=\"all-reduce\""});
  const auto centralized = hash_of({"algorithm.name=\"centralized\""});
  CHECK(local != all_reduce);
  CHECK(all_reduce != centralized);
}
