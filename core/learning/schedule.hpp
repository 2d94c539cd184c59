#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

#include "core/learning/training.hpp"

namespace rhizome::learning {

/// The learning rate of a node's local step `local_step`, counted from 0 over the whole run of `total_steps`: a linear
/// warm-up, whose step i has (i + 1) / warmup_steps of the rate, and then the schedule. The cosine is that of
/// Loshchilov and Hutter, "SGDR", 2017, equation 5, without restarts.
[[nodiscard]] inline double learning_rate(const training_options& options, std::uint64_t local_step,
                                          std::uint64_t total_steps) {
  if (local_step < options.warmup_steps)
    return options.learning_rate * static_cast<double>(local_step + 1) / static_cast<double>(options.warmup_steps);
  const std::uint64_t since = local_step - options.warmup_steps;
  switch (options.schedule) {
  case schedule_kind::constant:
    return options.learning_rate;
  case schedule_kind::stepwise:
    return options.learning_rate * std::pow(options.gamma, static_cast<double>(since / options.step_size));
  case schedule_kind::cosine:
    break;
  }
  if (local_step >= total_steps)
    return 0;
  const double progress = static_cast<double>(since) / static_cast<double>(total_steps - options.warmup_steps);
  return options.learning_rate * 0.5 * (1 + std::cos(std::numbers::pi * progress));
}

} // namespace rhizome::learning
