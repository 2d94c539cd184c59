#include <vector>

#include "core/learning/aggregation.hpp"

namespace rhizome::learning {

namespace {

class weighted_mean_rule final : public aggregation_rule {
public:
  void aggregate(std::span<float> out, weighted_vector own, std::span<const weighted_vector> received) const override {
    std::vector<weighted_vector> terms;
    terms.reserve(received.size() + 1);
    terms.push_back(own);
    terms.insert(terms.end(), received.begin(), received.end());
    weighted_sum(out, terms);
  }
};

} // namespace

aggregation_kind weighted_mean() {
  return {{"weighted-mean", "The sum of all models, each times its mixing weight."},
          [](const config::section&) -> aggregation_rule_ptr { return std::make_shared<weighted_mean_rule>(); }};
}

} // namespace rhizome::learning
