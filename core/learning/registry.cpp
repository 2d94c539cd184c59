#include "core/learning/registry.hpp"

#include "core/config/kinds.hpp"

namespace rhizome::learning {

const std::vector<algorithm>& algorithms() {
  static const std::vector<algorithm> all{
      d_psgd(),
      local(),
      all_reduce(),
      centralized(),
  };
  return all;
}

const std::vector<aggregation_kind>& aggregations() {
  static const std::vector<aggregation_kind> all{
      weighted_mean(),
  };
  return all;
}

const algorithm& find_algorithm(std::string_view name) {
  return config::find_kind(algorithms(), name);
}

const aggregation_kind& find_aggregation(std::string_view name) {
  return config::find_kind(aggregations(), name);
}

config::section_schema algorithm_schema() {
  return config::section_of_kinds("algorithm", "The learning algorithm: what each node computes and when.", "name",
                                  algorithms(), "d-psgd");
}

config::section_schema aggregation_schema() {
  return config::section_of_kinds("aggregation", "How a node combines its own model with those it received.", "rule",
                                  aggregations(), "weighted-mean");
}

} // namespace rhizome::learning
