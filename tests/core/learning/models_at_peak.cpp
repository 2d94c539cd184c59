#include "core/learning/models_at_peak.hpp"

#include <algorithm>
#include <cmath>

#include "tests/support/doctest.hpp"

using rhizome::learning::models_at_peak;

TEST_CASE("the peak of a round is the largest sum of new models and of old ones that are still read") {
  for (const int neighbours : {1, 2, 5, 20}) {
    double largest = 0;
    for (int i = 0; i <= 10'000; ++i) {
      const double done = i / 10'000.0;
      largest = std::max(largest, 1 + done - std::pow(done, neighbours + 1));
    }
    CHECK(models_at_peak(neighbours) == doctest::Approx(largest).epsilon(1e-6));
  }
}

TEST_CASE("without neighbours a node has one model, with very many two") {
  CHECK(models_at_peak(0) == 1);
  CHECK(models_at_peak(1e6) == doctest::Approx(2).epsilon(1e-4));
}
