#include "core/results/export.hpp"

#include <array>

#include "core/results/store.hpp"
#include "tests/core/results/support.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome::results;
using namespace rhizome::results::testing;

TEST_CASE("CSV fields are quoted only where they must be") {
  CHECK(csv_field("plain text") == "plain text");
  CHECK(csv_field("") == "");
  CHECK(csv_field("a,b") == "\"a,b\"");
  CHECK(csv_field("say \"no\"") == "\"say \"\"no\"\"\"");
  CHECK(csv_field("two\nlines") == "\"two\nlines\"");
}

TEST_CASE("a run is exported as four CSV files") {
  const temporary_directory where;
  auto results = store::create(where.path(), some_run());
  REQUIRE(results);
  const node_record node{.node = 5, .round = 2, .test_accuracy = 0.1, .bytes_sent = 12};
  REQUIRE(results->append(std::array{some_round(2)}, std::array{node},
                          std::array{event_record{1.5, "warning", "node 5 is slow, again"}}));
  REQUIRE(results->append_histograms(std::array{histogram_record{5, {3, 4}}}));

  const auto out = where.path() / "deep" / "csv";
  const auto written = export_csv(where.path(), out);
  REQUIRE(written);
  CHECK(written->size() == 4);
  CHECK(read_file(out / "rounds.csv") ==
        "round,train_loss,bytes_sent,seconds,virtual_seconds,evaluated_nodes,loss_mean,loss_std,loss_min,loss_max,"
        "accuracy_mean,accuracy_std,accuracy_min,accuracy_max,local_loss_mean,local_loss_std,local_accuracy_mean,"
        "local_accuracy_std,local_accuracy_min,local_accuracy_max,consensus_loss,consensus_accuracy,"
        "consensus_distance,rmse_mean,mae_mean,local_rmse_mean,local_mae_mean,consensus_mae\n"
        "2,0.5,2000000,1,,0,,,,,,,,,,,,,,,,,,,,,,\n");
  CHECK(read_file(out / "nodes.csv") ==
        "round,node,train_loss,test_loss,test_accuracy,local_loss,local_accuracy,bytes_sent,test_mae,local_mae\n"
        "2,5,,,0.1,,,12,,\n");
  CHECK(read_file(out / "events.csv") == "seconds,kind,text\n1.5,warning,\"node 5 is slow, again\"\n");
  CHECK(read_file(out / "histograms.csv") == "node,class,count\n5,0,3\n5,1,4\n");
}

TEST_CASE("an export that cannot be written is an error") {
  const temporary_directory where;
  CHECK_FALSE(export_csv(where.path(), where.path() / "csv"));
  REQUIRE(store::create(where.path(), some_run()));
  const auto refused = export_csv(where.path(), where.path() / "results.sqlite" / "csv");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("Cannot create the directory") != std::string::npos);
}
