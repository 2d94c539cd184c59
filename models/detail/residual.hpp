#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <torch/nn/modules/conv.h>

#include "models/detail/network.hpp"

namespace rhizome::models::detail {

/// What stands behind a convolution.
enum class norm_kind : std::uint8_t {
  batch, ///< BatchNorm2d: running statistics are float buffers
  group, ///< GroupNorm with 32 groups: no statistics
};

/// A normalisation of images [samples, channels, height, width] with PyTorch's names of parameters and buffers. Of
/// BatchNorm2d's buffers the number of batches is left out: with a fixed momentum nothing depends on it.
class norm_layer : public torch::nn::Module {
public:
  norm_layer(norm_kind kind, std::int64_t channels);

  /// One value per channel has no variance: such a batch is normalised as in evaluation.
  [[nodiscard]] at::Tensor forward(const at::Tensor& x) const;

private:
  norm_kind kind_;
  at::Tensor weight_;
  at::Tensor bias_;
  at::Tensor running_mean_; ///< undefined without running statistics
  at::Tensor running_var_;
};

/// How a residual network begins.
enum class stem_kind : std::uint8_t {
  small, ///< 3 x 3 convolution: for images of CIFAR's size
  large, ///< 7 x 7 convolution and max-pooling, each of stride 2
};

/// What residual networks differ in.
struct residual_shape {
  std::int64_t channels = 3; ///< of an image
  stem_kind stem = stem_kind::small;
  std::vector<std::int64_t> widths; ///< of the stages; each but the first halves the image
  std::int64_t stem_width = 64;
  std::int64_t blocks = 2; ///< in a stage
  norm_kind norm = norm_kind::batch;
  std::string shortcut = "downsample"; ///< the name of a block's projection
};

/// The basic block of He et al., "Deep residual learning for image recognition", 2016: two 3 x 3 convolutions beside
/// the identity, or a 1 x 1 convolution where widths or strides differ.
class residual_block : public torch::nn::Module {
public:
  residual_block(const residual_shape& shape, std::int64_t from, std::int64_t to, std::int64_t stride);

  [[nodiscard]] at::Tensor forward(const at::Tensor& x);

private:
  torch::nn::Conv2d conv1_;
  std::shared_ptr<norm_layer> bn1_;
  torch::nn::Conv2d conv2_;
  std::shared_ptr<norm_layer> bn2_;
  torch::nn::Conv2d projection_{nullptr};
  std::shared_ptr<norm_layer> projection_norm_;
};

/// All of a residual network but its end: conv1, bn1, layer1, layer2, ... A model adds what maps features to outputs.
class residual_network : public network {
protected:
  explicit residual_network(const residual_shape& shape);

  /// [samples, the last width, height, width]
  [[nodiscard]] at::Tensor features(const at::Tensor& batch);

private:
  stem_kind stem_;
  torch::nn::Conv2d conv1_;
  std::shared_ptr<norm_layer> bn1_;
  std::vector<std::shared_ptr<residual_block>> blocks_;
};

} // namespace rhizome::models::detail
