#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>

#include "models/detail/norm_relu_pool.hpp"
#include "models/detail/registry.hpp"

namespace rhizome::models::zoo {

namespace {

namespace nn = torch::nn;

constexpr std::int64_t groups = 2;

nn::Conv2d same_conv(std::int64_t from, std::int64_t to) {
  return nn::Conv2d(nn::Conv2dOptions(from, to, 5).padding(2));
}

nn::GroupNorm norm(std::int64_t channels) {
  return nn::GroupNorm(nn::GroupNormOptions(groups, channels));
}

/// The LeNet that DecentralizePy trains on CIFAR-10 (EuroMLSys'23), with its names and order of parameters: three times
/// 5 x 5 convolution, GroupNorm, ReLU and 2 x 2 max-pooling, and one fully connected layer.
class lenet_network : public detail::network {
public:
  explicit lenet_network(const detail::model_input& input)
      : conv1_(register_module("conv1", same_conv(input.shape[0], 32))), gn1_(register_module("gn1", norm(32))),
        conv2_(register_module("conv2", same_conv(32, 32))), gn2_(register_module("gn2", norm(32))),
        conv3_(register_module("conv3", same_conv(32, 64))), gn3_(register_module("gn3", norm(64))),
        fc1_(register_module("fc1", nn::Linear(64 * (input.shape[1] / 8) * (input.shape[2] / 8), input.outputs))) {}

  at::Tensor forward(const at::Tensor& batch) override {
    at::Tensor x = block(conv1_, gn1_, batch);
    x = block(conv2_, gn2_, x);
    x = block(conv3_, gn3_, x);
    return fc1_->forward(x.flatten(1));
  }

private:
  static at::Tensor block(nn::Conv2d& conv, const nn::GroupNorm& gn, const at::Tensor& x) {
    return detail::norm_relu_pool(conv->forward(x), gn->weight, gn->bias, groups);
  }

  nn::Conv2d conv1_;
  nn::GroupNorm gn1_;
  nn::Conv2d conv2_;
  nn::GroupNorm gn2_;
  nn::Conv2d conv3_;
  nn::GroupNorm gn3_;
  nn::Linear fc1_;
};

} // namespace

detail::model_kind lenet() {
  return {.variant = {.name = "lenet",
                      .sentence = "Three convolutions with GroupNorm and one fully connected layer: 83,754 parameters "
                                  "for 1x28x28 images of 10 classes, 89,834 for 3x32x32."},
          .build = [](const config::section&, const detail::model_input& input,
                      const std::shared_ptr<detail::step_random>&) -> result<std::shared_ptr<detail::network>> {
            if (auto images = detail::expect_images("lenet", input, 8); !images)
              return fail(images);
            return std::make_shared<lenet_network>(input);
          }};
}

} // namespace rhizome::models::zoo
