#include "core/learning/evaluation_plan.hpp"

#include <numeric>

#include "core/random.hpp"

namespace rhizome::learning {

bool evaluation_plan::due(std::uint32_t done) const {
  return done > 0 && (done == rounds || (every > 0 && done % every == 0));
}

bool evaluation_plan::average_due(std::uint32_t done) const {
  return due(done) && (consensus || (average_at_end && done == rounds));
}

test_set evaluation_plan::global_at(std::uint32_t done) const {
  return on_validation && done != rounds ? test_set::validation : test_set::global;
}

std::uint64_t evaluation_plan::samples_at(std::uint32_t done) const {
  return done == rounds ? final_samples : samples;
}

std::vector<evaluate_step> evaluation_plan::steps(node_id node, std::uint32_t done, slot model) const {
  std::vector<evaluate_step> result;
  if (!due(done) || !nodes.at(node))
    return result;
  if (on_global)
    result.push_back({model, global_at(done), samples_at(done)});
  if (on_local)
    result.push_back({model, test_set::local, 0});
  return result;
}

std::vector<bool> draw_evaluated_nodes(std::uint32_t n, std::uint32_t count, std::uint64_t seed) {
  if (count == 0 || count >= n)
    return std::vector<bool>(n, true);
  std::vector<node_id> order(n);
  std::iota(order.begin(), order.end(), 0U);
  random_stream(seed, purpose::evaluation).shuffle(std::span(order));
  std::vector<bool> chosen(n, false);
  for (std::uint32_t i = 0; i < count; ++i)
    chosen[order[i]] = true;
  return chosen;
}

} // namespace rhizome::learning
