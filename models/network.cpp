#include "models/detail/network.hpp"

#include <cmath>
#include <stdexcept>

#include <ATen/Functions.h>

namespace rhizome::models::detail {

std::int64_t model_input::features() const {
  std::int64_t product = 1;
  for (const auto extent : shape)
    product *= extent;
  return product;
}

dropout::dropout(double probability, std::shared_ptr<step_random> random)
    : probability_(probability), random_(std::move(random)) {}

at::Tensor dropout::apply(const at::Tensor& x, bool training) const {
  if (!training || probability_ == 0)
    return x;
  if (!random_->stream)
    throw std::logic_error("dropout in training mode needs the step's random numbers");
  const auto threshold = static_cast<std::uint64_t>(std::ldexp(probability_, 32));
  const auto scale = static_cast<float>(1 / (1 - probability_));
  const at::Tensor mask = at::empty(x.sizes(), x.options().requires_grad(false));
  float* values = mask.data_ptr<float>();
  for (std::int64_t i = 0; i < mask.numel(); ++i)
    values[i] = random_->stream->bits32() < threshold ? 0 : scale;
  return x * mask;
}

} // namespace rhizome::models::detail
