#include "core/sharing/strategy.hpp"

namespace rhizome::sharing {

learning::slot strategy::plan_receive(learning::job_builder& job, learning::slot own, double own_weight,
                                      std::vector<incoming> received, const learning::aggregation_rule_ptr& rule) {
  learning::aggregate_step step;
  step.own = own;
  step.rule = rule;
  // The own weight takes up what rounding the others to float has changed: a sum off by 1e-8 would drift every round.
  double remaining = own_weight;
  for (const auto& [fragment, weight] : received) {
    step.received.emplace_back(decode(job, fragment, own), static_cast<float>(weight));
    remaining += weight - static_cast<double>(step.received.back().second);
  }
  step.own_weight = static_cast<float>(remaining);
  step.out = job.fresh();
  const auto out = step.out;
  job.add(std::move(step));
  return out;
}

learning::slot strategy::decode(learning::job_builder& job, const learning::fragment& from, learning::slot) {
  return job.input(from.body->values);
}

} // namespace rhizome::sharing
