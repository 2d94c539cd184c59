#include "core/results/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace rhizome::results {

statistics describe(std::span<const double> values) {
  statistics result;
  double sum = 0;
  for (const double value : values) {
    if (std::isnan(value))
      continue;
    sum += value;
    result.min = result.count == 0 ? value : std::min(result.min, value);
    result.max = result.count == 0 ? value : std::max(result.max, value);
    ++result.count;
  }
  if (result.count == 0)
    return result;
  result.mean = sum / result.count;
  double squares = 0;
  for (const double value : values)
    if (!std::isnan(value))
      squares += (value - result.mean) * (value - result.mean);
  result.std = std::sqrt(squares / result.count);
  return result;
}

void add_evaluation(std::span<const node_record> nodes, round_record& round) {
  const auto over_nodes = [&](double node_record::*member) {
    std::vector<double> values(nodes.size());
    std::transform(nodes.begin(), nodes.end(), values.begin(), [&](const node_record& node) { return node.*member; });
    return describe(values);
  };
  // The loss of a regression is the mean squared error.
  const auto mean_root = [&](double node_record::*loss, double node_record::*only_where) {
    std::vector<double> roots(nodes.size());
    std::transform(nodes.begin(), nodes.end(), roots.begin(), [&](const node_record& node) {
      return std::isnan(node.*only_where) ? not_measured : std::sqrt(node.*loss);
    });
    return describe(roots).mean;
  };
  const auto loss = over_nodes(&node_record::test_loss);
  const auto accuracy = over_nodes(&node_record::test_accuracy);
  const auto local_loss = over_nodes(&node_record::local_loss);
  const auto local_accuracy = over_nodes(&node_record::local_accuracy);
  round.evaluated_nodes = static_cast<std::uint32_t>(nodes.size());
  round.loss_mean = loss.mean;
  round.loss_std = loss.std;
  round.loss_min = loss.min;
  round.loss_max = loss.max;
  round.accuracy_mean = accuracy.mean;
  round.accuracy_std = accuracy.std;
  round.accuracy_min = accuracy.min;
  round.accuracy_max = accuracy.max;
  round.local_loss_mean = local_loss.mean;
  round.local_loss_std = local_loss.std;
  round.local_accuracy_mean = local_accuracy.mean;
  round.local_accuracy_std = local_accuracy.std;
  round.local_accuracy_min = local_accuracy.min;
  round.local_accuracy_max = local_accuracy.max;
  round.rmse_mean = mean_root(&node_record::test_loss, &node_record::test_mae);
  round.mae_mean = over_nodes(&node_record::test_mae).mean;
  round.local_rmse_mean = mean_root(&node_record::local_loss, &node_record::local_mae);
  round.local_mae_mean = over_nodes(&node_record::local_mae).mean;
}

} // namespace rhizome::results
