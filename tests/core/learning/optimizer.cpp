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
  double x = 0, first = 0, second = 0, velocity = 0;

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
    if (o.optimizer == optimizer_kind::rmsprop) {
      second = o.alpha * second + (1 - o.alpha) * gradient * gradient;
      first = o.centered ? o.alpha * first + (1 - o.alpha) * gradient : 0;
      velocity = o.momentum * velocity + gradient / (std::sqrt(second - first * first) + o.epsilon);
      x -= rate * velocity;
      return;
    }
    if (o.optimizer == optimizer_kind::adagrad) {
      second += (t == 1 ? o.initial_accumulator : 0) + gradient * gradient;
      x -= rate / (1 + (t - 1) * o.learning_rate_decay) * gradient / (std::sqrt(second) + o.epsilon);
      return;
    }
    if (o.optimizer == optimizer_kind::adadelta) {
      second = o.rho * second + (1 - o.rho) * gradient * gradient;
      const double delta = std::sqrt(first + o.epsilon) / std::sqrt(second + o.epsilon) * gradient;
      first = o.rho * first + (1 - o.rho) * delta * delta;
      x -= rate * delta;
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
  std::vector<float> x(n), gradient(n), a(n, 1e30f), b(n, -1e30f), c(n, 1e30f);
  std::vector<reference_parameter> reference(n);
  for (std::size_t i = 0; i < n; ++i)
    reference[i].x = x[i] = static_cast<float>(random.normal());
  const std::vector<std::span<float>> all{a, b, c};
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

TEST_CASE("RMSprop, Adagrad and Adadelta follow their textbook rules") {
  CHECK(difference_to_reference({.optimizer = optimizer_kind::rmsprop, .weight_decay = 0.01}) < 1e-4);
  CHECK(difference_to_reference({.optimizer = optimizer_kind::rmsprop, .momentum = 0.9, .alpha = 0.9}) < 1e-3);
  // epsilon keeps a variance of few gradients, which is near 0 for some, from being divided by
  CHECK(difference_to_reference({.optimizer = optimizer_kind::rmsprop, .epsilon = 1e-2, .centered = true}) < 1e-4);
  CHECK(difference_to_reference(
            {.optimizer = optimizer_kind::rmsprop, .momentum = 0.5, .epsilon = 1e-2, .centered = true}) < 1e-4);
  CHECK(difference_to_reference({.optimizer = optimizer_kind::adagrad, .weight_decay = 0.01, .epsilon = 1e-10}) < 1e-4);
  CHECK(difference_to_reference(
            {.optimizer = optimizer_kind::adagrad, .learning_rate_decay = 0.1, .initial_accumulator = 0.5}) < 1e-4);
  CHECK(difference_to_reference({.optimizer = optimizer_kind::adadelta, .weight_decay = 0.01, .epsilon = 1e-6}) < 1e-4);
}

TEST_CASE("an optimizer says how many vectors its state has") {
  CHECK(state_vectors({.optimizer = optimizer_kind::adagrad}) == 1);
  CHECK(state_vectors({.optimizer = optimizer_kind::adadelta}) == 2);
  CHECK(state_vectors({.optimizer = optimizer_kind::rmsprop}) == 1);
  CHECK(state_vectors({.optimizer = optimizer_kind::rmsprop, .centered = true}) == 2);
  CHECK(state_vectors({.optimizer = optimizer_kind::rmsprop, .momentum = 0.9}) == 2);
  CHECK(state_vectors({.optimizer = optimizer_kind::rmsprop, .momentum = 0.9, .centered = true}) == 3);
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
