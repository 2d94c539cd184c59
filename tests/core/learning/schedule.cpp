#include "core/learning/schedule.hpp"

#include "tests/support/doctest.hpp"

using namespace rhizome::learning;
using doctest::Approx;

TEST_CASE("a constant rate stays") {
  const training_options options{.learning_rate = 0.1};
  CHECK(learning_rate(options, 0, 100) == 0.1);
  CHECK(learning_rate(options, 99, 100) == 0.1);
}

TEST_CASE("a warm-up rises linearly to the rate and the schedule begins after it") {
  const training_options options{
      .learning_rate = 0.8, .schedule = schedule_kind::stepwise, .step_size = 10, .gamma = 0.5, .warmup_steps = 4};
  CHECK(learning_rate(options, 0, 100) == Approx(0.2));
  CHECK(learning_rate(options, 3, 100) == Approx(0.8));
  CHECK(learning_rate(options, 13, 100) == Approx(0.8));
  CHECK(learning_rate(options, 14, 100) == Approx(0.4));
  CHECK(learning_rate(options, 24, 100) == Approx(0.2));
}

TEST_CASE("the cosine goes from the rate to zero") {
  const training_options options{.learning_rate = 2, .schedule = schedule_kind::cosine};
  CHECK(learning_rate(options, 0, 100) == 2);
  CHECK(learning_rate(options, 50, 100) == Approx(1));
  CHECK(learning_rate(options, 99, 100) < 0.001);
  CHECK(learning_rate(options, 100, 100) == 0);
  CHECK(learning_rate(options, 1000, 100) == 0);
}

TEST_CASE("a warm-up longer than the run leaves no cosine to compute") {
  const training_options options{.learning_rate = 1, .schedule = schedule_kind::cosine, .warmup_steps = 10};
  CHECK(learning_rate(options, 4, 5) == Approx(0.5));
  CHECK(learning_rate(options, 10, 5) == 0);
}
