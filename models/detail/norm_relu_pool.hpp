#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace rhizome::models::detail {

/// MaxPool2d(2)(ReLU(GroupNorm(groups)(x))) as one operator with its own gradient. x: [samples, channels, height,
/// width], weight and bias: [channels], all contiguous float32. Returns [samples, channels, height / 2, width / 2].
[[nodiscard]] at::Tensor norm_relu_pool(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                        std::int64_t groups);

} // namespace rhizome::models::detail
