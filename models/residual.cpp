#include "models/detail/residual.hpp"

#include <ATen/Functions.h>

namespace rhizome::models::detail {

namespace {

namespace nn = torch::nn;

constexpr double epsilon = 1e-5;
constexpr double momentum = 0.1; ///< of running statistics, as PyTorch counts it: the share of the new batch
constexpr std::int64_t groups = 32;

nn::Conv2d conv(std::int64_t from, std::int64_t to, std::int64_t kernel, std::int64_t stride) {
  return nn::Conv2d(nn::Conv2dOptions(from, to, kernel).stride(stride).padding(kernel / 2).bias(false));
}

nn::Conv2d stem(const residual_shape& shape) {
  return shape.stem == stem_kind::small ? conv(shape.channels, shape.stem_width, 3, 1)
                                        : conv(shape.channels, shape.stem_width, 7, 2);
}

} // namespace

norm_layer::norm_layer(norm_kind kind, std::int64_t channels)
    : kind_(kind), weight_(register_parameter("weight", at::ones({channels}))),
      bias_(register_parameter("bias", at::zeros({channels}))) {
  if (kind_ != norm_kind::batch)
    return;
  running_mean_ = register_buffer("running_mean", at::zeros({channels}));
  running_var_ = register_buffer("running_var", at::ones({channels}));
}

at::Tensor norm_layer::forward(const at::Tensor& x) const {
  if (kind_ == norm_kind::group)
    return at::group_norm(x, groups, weight_, bias_, epsilon);
  const bool from_batch = is_training() && x.numel() > x.size(1);
  return at::batch_norm(x, weight_, bias_, running_mean_, running_var_, from_batch, momentum, epsilon, false);
}

residual_block::residual_block(const residual_shape& shape, std::int64_t from, std::int64_t to, std::int64_t stride)
    : conv1_(register_module("conv1", conv(from, to, 3, stride))),
      bn1_(register_module("bn1", std::make_shared<norm_layer>(shape.norm, to))),
      conv2_(register_module("conv2", conv(to, to, 3, 1))),
      bn2_(register_module("bn2", std::make_shared<norm_layer>(shape.norm, to))) {
  if (from == to && stride == 1)
    return;
  auto shortcut = register_module(shape.shortcut, std::make_shared<nn::Module>());
  projection_ = shortcut->register_module("0", conv(from, to, 1, stride));
  projection_norm_ = shortcut->register_module("1", std::make_shared<norm_layer>(shape.norm, to));
}

at::Tensor residual_block::forward(const at::Tensor& x) {
  at::Tensor y = bn1_->forward(conv1_->forward(x)).relu_();
  y = bn2_->forward(conv2_->forward(y));
  return y.add_(projection_ ? projection_norm_->forward(projection_->forward(x)) : x).relu_();
}

residual_network::residual_network(const residual_shape& shape)
    : stem_(shape.stem), conv1_(register_module("conv1", stem(shape))),
      bn1_(register_module("bn1", std::make_shared<norm_layer>(shape.norm, shape.stem_width))) {
  std::int64_t from = shape.stem_width;
  for (std::size_t stage = 0; stage < shape.widths.size(); ++stage) {
    auto layer = register_module("layer" + std::to_string(stage + 1), std::make_shared<nn::Module>());
    for (std::int64_t i = 0; i < shape.blocks; ++i) {
      const std::int64_t stride = i == 0 && stage > 0 ? 2 : 1;
      auto block = std::make_shared<residual_block>(shape, from, shape.widths[stage], stride);
      blocks_.push_back(layer->register_module(std::to_string(i), std::move(block)));
      from = shape.widths[stage];
    }
  }
}

at::Tensor residual_network::features(const at::Tensor& batch) {
  at::Tensor x = bn1_->forward(conv1_->forward(batch)).relu_();
  if (stem_ == stem_kind::large)
    x = at::max_pool2d(x, 3, 2, 1);
  for (const auto& block : blocks_)
    x = block->forward(x);
  return x;
}

} // namespace rhizome::models::detail
