#include "core/results/statistics.hpp"

#include <array>
#include <cmath>

#include "tests/support/doctest.hpp"

using namespace rhizome::results;

TEST_CASE("statistics are those of the population and skip what was not measured") {
  const std::array values{2.0, not_measured, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0};
  const auto described = describe(values);
  CHECK(described.count == 8);
  CHECK(described.mean == 5);
  CHECK(described.std == 2);
  CHECK(described.min == 2);
  CHECK(described.max == 9);
  CHECK(describe(std::array{3.0}).std == 0);
  CHECK(std::isnan(describe({}).mean));
}

TEST_CASE("an evaluation fills the round's columns") {
  const std::array nodes{
      node_record{.node = 1, .test_loss = 1, .test_accuracy = 0.5, .local_loss = 2, .local_accuracy = 0.25},
      node_record{.node = 4, .test_loss = 3, .test_accuracy = 0.75, .local_loss = 6, .local_accuracy = 0.75}};
  round_record round;
  add_evaluation(nodes, round);
  CHECK(round.evaluated_nodes == 2);
  CHECK(round.loss_mean == 2);
  CHECK(round.loss_std == 1);
  CHECK(round.accuracy_mean == 0.625);
  CHECK(round.accuracy_min == 0.5);
  CHECK(round.accuracy_max == 0.75);
  CHECK(round.local_loss_mean == 4);
  CHECK(round.local_loss_std == 2);
  CHECK(round.local_accuracy_mean == 0.5);
  CHECK(round.local_accuracy_std == 0.25);
  CHECK(round.local_accuracy_min == 0.25);
  CHECK(round.local_accuracy_max == 0.75);
}

TEST_CASE("an evaluation on local data only leaves the global columns empty, and nodes without such data out") {
  const std::array nodes{node_record{.node = 1, .local_loss = 2, .local_accuracy = 0.25}, node_record{.node = 2}};
  round_record round;
  add_evaluation(nodes, round);
  CHECK(round.evaluated_nodes == 2);
  CHECK(std::isnan(round.loss_mean));
  CHECK(std::isnan(round.accuracy_mean));
  CHECK(round.local_loss_mean == 2);
  CHECK(round.local_accuracy_min == 0.25);
}

TEST_CASE("the errors of a regression are means over nodes; classes have none") {
  const std::array nodes{node_record{.node = 1, .test_loss = 1, .local_loss = 9, .test_mae = 0.5, .local_mae = 2},
                         node_record{.node = 4, .test_loss = 4, .test_mae = 1}};
  round_record round;
  add_evaluation(nodes, round);
  CHECK(round.rmse_mean == 1.5);
  CHECK(round.mae_mean == 0.75);
  CHECK(round.local_rmse_mean == 3);
  CHECK(round.local_mae_mean == 2);
  const std::array classes{node_record{.node = 1, .test_loss = 1, .test_accuracy = 0.5}};
  add_evaluation(classes, round);
  CHECK(std::isnan(round.rmse_mean));
  CHECK(std::isnan(round.mae_mean));
}
