#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/learning/training.hpp"

namespace rhizome::learning {

/// State vectors that the optimizer's rule works with: 0 for plain SGD, 1 with momentum, 2 for Adam, AdamW
/// and Adadelta, 1 for Adagrad, 1 for RMSprop and one more each when centered and with momentum.
[[nodiscard]] std::size_t state_vectors(const training_options& options);

/// One step of the optimizer: a single pass over parameters, gradient and state, all [n] float32, by PyTorch's update
/// rules (torch.optim.SGD with dampening 0, Adam without amsgrad, AdamW, RMSprop, Adagrad, Adadelta). `rate` is the
/// step's learning rate; `steps_before` counts the steps that `state` has seen: at 0 its contents are ignored and set.
void optimizer_step(const training_options& options, double rate, std::span<float> parameters,
                    std::span<const float> gradient, std::span<const std::span<float>> state,
                    std::uint64_t steps_before);

/// Scales the gradient down to L2 norm `largest` where it is longer, as torch.nn.utils.clip_grad_norm_. Returns the
/// norm before.
double clip_gradient(std::span<float> gradient, double largest);

/// Sum of squares in double precision, in an order that depends on the length only.
[[nodiscard]] double squared_norm(std::span<const float> values);

/// Whether no value is infinite or not a number.
[[nodiscard]] bool all_finite(std::span<const float> values);

} // namespace rhizome::learning
