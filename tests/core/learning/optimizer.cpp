#include "core/learning/optimizer.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "core/random.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome::learning;
using rhizome::purpose;
using rhizome::random_stream;

namespace {

/// The textbook update of one parameter in double precision, with its state.
struct reference_parameter {
  double x = 0, first = 0, second = 0;

  void step(const training_options& o, double rate, double gradient, int t) {
    if (o.optimizer == optimizer_kind::adamw)
      x -= rate * o.weight_decay * x;
    else
      gradient += o.weight_decay * x;
    if (o.optimizer == optimizer_kind::sgd) {
      first = o.momentum * first + gradient;
      x -= rate * (o.nesterov ? gradient + o.momentum * first : first);
      return;
    }
    first = o.beta1 * first + (1 - o.beta1) * gradient;
    second = o.beta2 * second + (1 - o.beta2) * gradient * gradient;
    const double mean = first / (1 - std::pow(o.beta1, t)), square = second / (1 - std::pow(o.beta2, t));
    x -= rate * mean / (std::sqrt(square) + o.epsilon);
  }
};

/// Largest difference to the reference after 50 steps on 1,003 parameters; states start with garbage.
double difference_to_reference(const training_options& options) {
  constexpr std::size_t n = 1003;
  random_stream random(1, purpose::synthetic_data);
  std::vector<float> x(n), gradient(n), a(n, 1e30f), b(n, -1e30f);
  std::vector<reference_parameter> reference(n);
  for (std::size_t i = 0; i < n; ++i)
    reference[i].x = x[i] = static_cast<float>(random.normal());
  const std::vector<std::span<float>> all{a, b};
  const auto state = std::span(all).first(state_vectors(options));
  for (int t = 1; t <= 50; ++t) {
    const double rate = 0.01 * t;
    for (std::size_t i = 0; i < n; ++i) {
      gradient[i] = static_cast<float>(random.normal());
      reference[i].step(options, rate, gradient[i], t);
    }
    optimizer_step(options, rate, x, gradient, state, static_cast<std::uint64_t>(t - 1));
  }
  double largest = 0;
  for (std::size_t i = 0; i < n; ++i)
    largest = std::max(largest, std::abs(x[i] - reference[i].x));
  return largest;
}

} // namespace

TEST_CASE("every optimizer follows its textbook rule") {
  CHECK(difference_to_reference({}) < 1e-5);
  CHECK(difference_to_reference({.weight_decay = 0.1}) < 1e-5);
  CHECK(difference_to_reference({.momentum = 0.9}) < 1e-4);
  CHECK(difference_to_reference({.momentum = 0.9, .nesterov = true, .weight_decay = 0.01}) < 1e-4);
  CHECK(difference_to_reference({.optimizer = optimizer_kind::adam, .weight_decay = 0.01}) < 1e-4);
  CHECK(difference_to_reference({.optimizer = optimizer_kind::adamw, .weight_decay = 0.01}) < 1e-4);
}

TEST_CASE("a gradient that is too long is scaled to the limit and a short one stays") {
  std::vector<float> gradient{3, 0, 4};
  CHECK(clip_gradient(gradient, 10) == 5);
  CHECK(gradient == std::vector<float>{3, 0, 4});
  CHECK(clip_gradient(gradient, 1) == 5);
  CHECK(std::sqrt(squared_norm(gradient)) == doctest::Approx(1).epsilon(1e-5));
}

TEST_CASE("one infinity or NaN among many values is found") {
  std::vector<float> values(1000, std::numeric_limits<float>::max());
  CHECK(all_finite(values));
  values[999] = std::numeric_limits<float>::infinity();
  CHECK_FALSE(all_finite(values));
  values[999] = std::nanf("");
  CHECK_FALSE(all_finite(values));
}
