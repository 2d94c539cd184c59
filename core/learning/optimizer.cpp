#include "core/learning/optimizer.hpp"

#include <algorithm>
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

/// What RMSprop's loop needs beside the vectors.
struct rmsprop_factors {
  float rate, decay;
  float alpha, one_minus_alpha;
  float momentum;
  float epsilon;
};

/// `mean` is null unless centered, `velocity` is null without momentum.
RHIZOME_VECTORISED void rmsprop(float* __restrict x, const float* __restrict g, float* __restrict square,
                                float* __restrict mean, float* __restrict velocity, std::size_t n,
                                const rmsprop_factors& factors, bool first) {
  const rmsprop_factors f = factors;
  for (std::size_t i = 0; i < n; ++i) {
    const float gradient = g[i] + f.decay * x[i];
    const float s = (first ? 0 : square[i] * f.alpha) + gradient * gradient * f.one_minus_alpha;
    square[i] = s;
    float variance = s;
    if (mean) {
      const float m = (first ? 0 : mean[i] * f.alpha) + gradient * f.one_minus_alpha;
      mean[i] = m;
      variance = std::max(s - m * m, 0.0f); // below 0 by rounding only
    }
    float step = gradient / (std::sqrt(variance) + f.epsilon);
    if (velocity) {
      step += first ? 0 : velocity[i] * f.momentum;
      velocity[i] = step;
    }
    x[i] -= f.rate * step;
  }
}

/// What is added up begins at `start`.
RHIZOME_VECTORISED void adagrad(float* __restrict x, const float* __restrict g, float* __restrict sum, std::size_t n,
                                float rate, float decay, float start, float epsilon, bool first) {
  for (std::size_t i = 0; i < n; ++i) {
    const float gradient = g[i] + decay * x[i];
    const float s = (first ? start : sum[i]) + gradient * gradient;
    sum[i] = s;
    x[i] -= rate * gradient / (std::sqrt(s) + epsilon);
  }
}

/// `square` is the mean of squared gradients, `moved` that of squared steps before the learning rate.
RHIZOME_VECTORISED void adadelta(float* __restrict x, const float* __restrict g, float* __restrict square,
                                 float* __restrict moved, std::size_t n, float rate, float decay, float rho,
                                 float one_minus_rho, float epsilon, bool first) {
  for (std::size_t i = 0; i < n; ++i) {
    const float gradient = g[i] + decay * x[i];
    const float s = (first ? 0 : square[i] * rho) + gradient * gradient * one_minus_rho;
    const float m = first ? 0 : moved[i];
    const float step = std::sqrt(m + epsilon) / std::sqrt(s + epsilon) * gradient;
    square[i] = s;
    moved[i] = m * rho + step * step * one_minus_rho;
    x[i] -= rate * step;
  }
}

void sgd_step(const training_options& options, float rate, std::span<float> parameters, const float* gradient,
              std::span<const std::span<float>> state, bool first) {
  float* x = parameters.data();
  const std::size_t n = parameters.size();
  const auto decay = static_cast<float>(options.weight_decay);
  const auto momentum = static_cast<float>(options.momentum);
  if (momentum == 0)
    sgd(x, gradient, n, rate, decay);
  else if (options.nesterov)
    sgd_nesterov(x, gradient, state[0].data(), n, rate, decay, momentum, first);
  else
    sgd_momentum(x, gradient, state[0].data(), n, rate, decay, momentum, first);
}

void rmsprop_step(const training_options& options, double rate, std::span<float> parameters, const float* gradient,
                  std::span<const std::span<float>> state, bool first) {
  const rmsprop_factors factors{.rate = static_cast<float>(rate),
                                .decay = static_cast<float>(options.weight_decay),
                                .alpha = static_cast<float>(options.alpha),
                                .one_minus_alpha = static_cast<float>(1 - options.alpha),
                                .momentum = static_cast<float>(options.momentum),
                                .epsilon = static_cast<float>(options.epsilon)};
  std::size_t next = 1;
  float* mean = options.centered ? state[next++].data() : nullptr;
  float* velocity = options.momentum > 0 ? state[next].data() : nullptr;
  rmsprop(parameters.data(), gradient, state[0].data(), mean, velocity, parameters.size(), factors, first);
}

RHIZOME_VECTORISED void scale(float* __restrict values, std::size_t n, float factor) {
  for (std::size_t i = 0; i < n; ++i)
    values[i] *= factor;
}

} // namespace

std::size_t state_vectors(const training_options& options) {
  const std::size_t with_momentum = options.momentum > 0 ? 1 : 0;
  switch (options.optimizer) {
  case optimizer_kind::sgd:
    return with_momentum;
  case optimizer_kind::adagrad:
    return 1;
  case optimizer_kind::rmsprop:
    return 1 + (options.centered ? 1 : 0) + with_momentum;
  case optimizer_kind::adam:
  case optimizer_kind::adamw:
  case optimizer_kind::adadelta:
    break;
  }
  return 2;
}

void optimizer_step(const training_options& options, double rate, std::span<float> parameters,
                    std::span<const float> gradient, std::span<const std::span<float>> state,
                    std::uint64_t steps_before) {
  float* x = parameters.data();
  const float* g = gradient.data();
  const std::size_t n = parameters.size();
  const bool first = steps_before == 0;
  const auto step = static_cast<float>(rate);
  const auto decay = static_cast<float>(options.weight_decay);
  const auto epsilon = static_cast<float>(options.epsilon);
  switch (options.optimizer) {
  case optimizer_kind::sgd:
    sgd_step(options, step, parameters, g, state, first);
    break;
  case optimizer_kind::adam:
  case optimizer_kind::adamw:
    adam(x, g, state[0].data(), state[1].data(), n, factors_of(options, rate, steps_before), first);
    break;
  case optimizer_kind::rmsprop:
    rmsprop_step(options, rate, parameters, g, state, first);
    break;
  case optimizer_kind::adagrad: {
    const double slowed = rate / (1 + static_cast<double>(steps_before) * options.learning_rate_decay);
    adagrad(x, g, state[0].data(), n, static_cast<float>(slowed), decay,
            static_cast<float>(options.initial_accumulator), epsilon, first);
    break;
  }
  case optimizer_kind::adadelta:
    adadelta(x, g, state[0].data(), state[1].data(), n, step, decay, static_cast<float>(options.rho),
             static_cast<float>(1 - options.rho), epsilon, first);
    break;
  }
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
