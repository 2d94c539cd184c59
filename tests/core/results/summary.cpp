#include "core/results/summary.hpp"

#include <nlohmann/json.hpp>

#include "core/results/format.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome::results;

namespace {

summary some_summary() {
  summary run;
  run.name = "quickstart";
  run.directory = "runs/quickstart-1a2b3c4d";
  run.status = "done";
  run.nodes = 64;
  run.rounds = 60;
  run.parameters = 83'754;
  run.parameters_hash = "0123456789abcdef";
  run.overhead = 0.0213;
  run.peak_rss_bytes = 345'600'000;
  run.seconds_setup = 1.234;
  run.seconds_rounds = 123;
  run.seconds_first_round = 0.45;
  run.seconds_evaluation = 12.34;
  run.seconds_sharing = 3.456;
  run.rounds_per_second = 60 / 123.0;
  run.bytes_sent = 6'432'307'200;
  run.accuracy_mean = 0.8123;
  run.accuracy_std = 0.0123;
  run.accuracy_consensus = 0.834;
  run.loss_mean = 0.5;
  run.consensus_distance = 0.01234;
  run.threads = 2;
  return run;
}

} // namespace

TEST_CASE("numbers are written in human units") {
  CHECK(format_bytes(0) == "0 B");
  CHECK(format_bytes(999) == "999 B");
  CHECK(format_bytes(1000) == "1.00 kB");
  CHECK(format_bytes(1.234e9) == "1.23 GB");
  CHECK(format_bytes(999'600) == "1.00 MB");
  CHECK(format_duration(0.0451) == "45 ms");
  CHECK(format_duration(0.9999) == "1.00 s");
  CHECK(format_duration(59.97) == "1 min 0 s");
  CHECK(format_duration(123.4) == "2 min 3 s");
  CHECK(format_duration(3 * 86'400 + 4 * 3600) == "3 d 4 h");
  CHECK(format_whole_seconds(13.6) == "14 s");
  CHECK(format_count(83'754) == "83,754");
  CHECK(format_percent(0.934) == "93.4 %");
  CHECK(format_percent(not_measured) == "-");
  CHECK(format_number(0.5) == "0.5000");
  CHECK(format_number(1.2341e-7) == "1.234e-07");
}

TEST_CASE("the table at the end of a run is aligned and readable") {
  CHECK(to_table(some_summary()) == R"(  run                 quickstart, done
  directory           runs/quickstart-1a2b3c4d
  nodes               64, 83,754 parameters each
  rounds              60 in 2 min 3 s, 0.488 rounds/s
  accuracy            81.2 % ± 1.2 % over nodes
  consensus accuracy  83.4 %
  loss                0.5000
  consensus distance  0.01234
  sent                6.43 GB
  set-up              1.23 s
  first round         450 ms
  evaluation          12.3 s of thread time
  sharing             3.46 s of thread time
  overhead            2.1 % of 2 threads
  peak memory         346 MB
  parameters hash     0123456789abcdef
)");
}

TEST_CASE("the accuracy on local test data has a line of its own") {
  auto run = some_summary();
  CHECK(to_table(run).find("local accuracy") == std::string::npos);
  CHECK(nlohmann::json::parse(to_json(run)).at("accuracy_local").is_null());
  run.accuracy_local = 0.912;
  CHECK(to_table(run).find("  local accuracy      91.2 %\n") != std::string::npos);
  CHECK(nlohmann::json::parse(to_json(run)).at("accuracy_local") == 0.912);
}

TEST_CASE("bytes between machines have a line of their own where there were any") {
  auto run = some_summary();
  CHECK(to_table(run).find("between machines") == std::string::npos);
  run.bytes_wire = 321'000'000;
  CHECK(to_table(run).find("  between machines    321 MB\n") != std::string::npos);
}

TEST_CASE("what was not measured has no line in the table and is null in JSON") {
  auto run = some_summary();
  run.accuracy_mean = run.accuracy_std = run.accuracy_consensus = not_measured;
  CHECK(to_table(run).find("accuracy") == std::string::npos);
  const auto json = nlohmann::json::parse(to_json(run));
  CHECK(json.at("accuracy_mean").is_null());
  CHECK(json.at("overhead") == 0.0213);
}

TEST_CASE("the JSON summary has the members of the struct in their order") {
  const auto json = nlohmann::ordered_json::parse(to_json(some_summary()));
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items())
    keys.push_back(key);
  CHECK(keys == std::vector<std::string>{"name",
                                         "directory",
                                         "status",
                                         "nodes",
                                         "rounds",
                                         "parameters",
                                         "parameters_hash",
                                         "overhead",
                                         "peak_rss_bytes",
                                         "seconds_setup",
                                         "seconds_rounds",
                                         "seconds_first_round",
                                         "seconds_evaluation",
                                         "seconds_sharing",
                                         "rounds_per_second",
                                         "bytes_sent",
                                         "bytes_wire",
                                         "accuracy_mean",
                                         "accuracy_std",
                                         "accuracy_consensus",
                                         "accuracy_local",
                                         "loss_mean",
                                         "consensus_distance",
                                         "threads",
                                         "rmse_mean",
                                         "mae_mean",
                                         "rmse_local",
                                         "mae_local"});
  CHECK(json.at("parameters_hash") == "0123456789abcdef");
  CHECK(json.at("bytes_sent") == 6'432'307'200);
}

TEST_CASE("the table has the errors of a regression, and those on local data") {
  auto run = some_summary();
  CHECK(to_table(run).find("rmse") == std::string::npos);
  run.rmse_mean = 0.9;
  run.mae_mean = 0.7;
  run.rmse_local = 1.5;
  run.mae_local = 1.25;
  const auto table = to_table(run);
  CHECK(table.find("  rmse                0.9000, mae 0.7000\n") != std::string::npos);
  CHECK(table.find("  local rmse          1.500, mae 1.250\n") != std::string::npos);
}
