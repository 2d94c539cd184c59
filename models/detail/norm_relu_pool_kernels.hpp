#pragma once

#include <cstddef>
#include <cstdint>

namespace rhizome::models::detail {

/// Extents of a batch of images [samples, channels, height, width] whose channels are normalised in `groups`.
struct image_shape {
  std::size_t samples, channels, height, width, groups;

  [[nodiscard]] std::size_t plane() const { return height * width; }
  [[nodiscard]] std::size_t pooled_plane() const { return (height / 2) * (width / 2); }
  [[nodiscard]] std::size_t group_channels() const { return channels / groups; }
};

/// What the backward pass needs of the forward pass beside its input. `peak` and `winner` are [samples, channels,
/// height / 2, width / 2], `mean` and `inverse_deviation` [samples, groups].
struct pooled_memory {
  float* peak;          ///< the input at the window's largest element
  std::uint8_t* winner; ///< its place in the window, row by row: 0 to 3; 4: ReLU cut it off
  float* mean;
  float* inverse_deviation;
};

/// out [samples, channels, height / 2, width / 2] = MaxPool2d(2)(ReLU(GroupNorm(groups)(in))), all contiguous float32.
/// Ties go to the first element in row order, as in PyTorch.
void norm_relu_pool_forward(const image_shape& shape, const float* in, const float* weight, const float* bias,
                            float* out, const pooled_memory& memory);

/// The gradients for `in` (all of it is written), `weight` and `bias` [channels], given that of the output.
void norm_relu_pool_backward(const image_shape& shape, const float* out_gradient, const float* in, const float* weight,
                             const pooled_memory& memory, float* in_gradient, float* weight_gradient,
                             float* bias_gradient);

} // namespace rhizome::models::detail
