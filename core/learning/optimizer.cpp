#include "core/learning/optimizer.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <utility>

#include "core/vectorised.hpp"

namespace rhizome::learning {

namespace {

// The loops take plain pointers that do not overlap, so that the compiler vectorises them; conditions that are the same
// for every element are arguments, which it hoists.

RHIZOME_VECTORISED void sgd(float* __restrict x, const float* __restrict g, std::size_t n, float rate, float decay) {
  for (std::size_t i = 0; i < n; ++i)
    x[i] -= rate * (g[i] + decay * x[i]);
}

RHIZOME_VECTORISED void sgd_momentum(float* __restrict x, const float* __restrict g, float* __restrict velocity,
                                     std::size_t n, float rate, float decay, float momentum, bool first) {
  for (std::size_t i = 0; i < n; ++i) {
    const float gradient = g[i] + decay * x[i];
    const float v = first ? gradient : momentum * velocity[i] + gradient;
    velocity[i] = v;
    x[i] -= rate * v;
  }
}

RHIZOME_VECTORISED void sgd_nesterov(float* __restrict x, const float* __restrict g, float* __restrict velocity,
                                     std::size_t n, float rate, float decay, float momentum, bool first) {
  for (std::size_t i = 0; i < n; ++i) {
    const float gradient = g[i] + decay * x[i];
    const float v = first ? gradient : momentum * velocity[i] + gradient;
    velocity[i] = v;
    x[i] -= rate * (gradient + momentum * v);
  }
}

/// Factors of one Adam step, the same for every element.
struct adam_factors {
  float step;  ///< learning rate / (1 - beta1^t)
  float keep;  ///< AdamW: 1 - learning rate x weight decay; Adam: 1
  float decay; ///< Adam: weight decay; AdamW: 0
  float beta1, one_minus_beta1;
  float beta2, one_minus_beta2;
  float correction; ///< sqrt(1 - beta2^t)
  float epsilon;
};

RHIZOME_VECTORISED void adam(float* __restrict x, const float* __restrict g, float* __restrict mean,
                             float* __restrict square, std::size_t n, const adam_factors& factors, bool first) {
  const adam_factors f = factors;
  for (std::size_t i = 0; i < n; ++i) {
    const float kept = x[i] * f.keep;
    const float gradient = g[i] + f.decay * x[i];
    const float m = (first ? 0 : mean[i] * f.beta1) + gradient * f.one_minus_beta1;
    const float v = (first ? 0 : square[i] * f.beta2) + gradient * gradient * f.one_minus_beta2;
    mean[i] = m;
    square[i] = v;
    x[i] = kept - f.step * m / (std::sqrt(v) / f.correction + f.epsilon);
  }
}

adam_factors factors_of(const training_options& options, double rate, std::uint64_t steps_before) {
  const auto t = static_cast<double>(steps_before + 1);
  const bool decoupled = options.optimizer == optimizer_kind::adamw;
  return {.step = static_cast<float>(rate / (1 - std::pow(options.beta1, t))),
          .keep = static_cast<float>(decoupled ? 1 - rate * options.weight_decay : 1),
          .decay = static_cast<float>(decoupled ? 0 : options.weight_decay),
          .beta1 = static_cast<float>(options.beta1),
          .one_minus_beta1 = static_cast<float>(1 - options.beta1),
          .beta2 = static_cast<float>(options.beta2),
          .one_minus_beta2 = static_cast<float>(1 - options.beta2),
          .correction = static_cast<float>(std::sqrt(1 - std::pow(options.beta2, t))),
          .epsilon = static_cast<float>(options.epsilon)};
}

RHIZOME_VECTORISED void scale(float* __restrict values, std::size_t n, float factor) {
  for (std::size_t i = 0; i < n; ++i)
    values[i] *= factor;
}

} // namespace

std::size_t state_vectors(const training_options& options) {
  if (options.optimizer != optimizer_kind::sgd)
    return 2;
  return options.momentum > 0 ? 1 : 0;
}

void optimizer_step(const training_options& options, double rate, std::span<float> parameters,
                    std::span<const float> gradient, std::span<const std::span<float>> state,
                    std::uint64_t steps_before) {
  float* x = parameters.data();
  const float* g = gradient.data();
  const std::size_t n = parameters.size();
  const bool first = steps_before == 0;
  if (options.optimizer != optimizer_kind::sgd) {
    adam(x, g, state[0].data(), state[1].data(), n, factors_of(options, rate, steps_before), first);
    return;
  }
  const auto step = static_cast<float>(rate);
  const auto decay = static_cast<float>(options.weight_decay);
  const auto momentum = static_cast<float>(options.momentum);
  if (momentum == 0)
    sgd(x, g, n, step, decay);
  else if (options.nesterov)
    sgd_nesterov(x, g, state[0].data(), n, step, decay, momentum, first);
  else
    sgd_momentum(x, g, state[0].data(), n, step, decay, momentum, first);
}

double clip_gradient(std::span<float> gradient, double largest) {
  const double norm = std::sqrt(squared_norm(gradient));
  const double factor = largest / (norm + 1e-6);
  if (factor < 1)
    scale(gradient.data(), gradient.size(), static_cast<float>(factor));
  return norm;
}

RHIZOME_VECTORISED double squared_norm(std::span<const float> values) {
  constexpr std::size_t lanes = 16;
  std::array<double, lanes> sums{};
  const float* v = values.data();
  const std::size_t n = values.size();
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes)
    for (std::size_t lane = 0; lane < lanes; ++lane)
      sums[lane] += static_cast<double>(v[i + lane]) * static_cast<double>(v[i + lane]);
  double sum = 0;
  for (; i < n; ++i)
    sum += static_cast<double>(v[i]) * static_cast<double>(v[i]);
  for (const double part : sums)
    sum += part;
  return sum;
}

RHIZOME_VECTORISED bool all_finite(std::span<const float> values) {
  constexpr std::uint32_t exponent = 0x7f80'0000; // all ones in infinities and NaNs only
  std::uint32_t bad = 0;
  const float* v = values.data();
  for (std::size_t i = 0; i < values.size(); ++i)
    bad |= (std::bit_cast<std::uint32_t>(v[i]) & exponent) == exponent ? 1u : 0u;
  return bad == 0;
}

} // namespace rhizome::learning
