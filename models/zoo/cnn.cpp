#include <torch/nn/functional/pooling.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include "models/detail/registry.hpp"

namespace rhizome::models::zoo {

namespace {

namespace nn = torch::nn;

/// Extent after a 5 x 5 convolution without padding and 2 x 2 pooling.
constexpr std::int64_t after_block(std::int64_t extent) {
  return (extent - 4) / 2;
}

/// LeCun's net of 1998 as it is used today and in DecentralizePy for CIFAR-10: two convolutions and three fully
/// connected layers, dropout before the last two.
class cnn_network : public detail::network {
public:
  cnn_network(const detail::model_input& input, detail::dropout dropout)
      : conv1_(register_module("conv1", nn::Conv2d(nn::Conv2dOptions(input.shape[0], 6, 5)))),
        conv2_(register_module("conv2", nn::Conv2d(nn::Conv2dOptions(6, 16, 5)))),
        fc1_(register_module(
            "fc1",
            nn::Linear(16 * after_block(after_block(input.shape[1])) * after_block(after_block(input.shape[2])), 120))),
        fc2_(register_module("fc2", nn::Linear(120, 84))), fc3_(register_module("fc3", nn::Linear(84, input.outputs))),
        dropout_(std::move(dropout)) {}

  at::Tensor forward(const at::Tensor& batch) override {
    at::Tensor x = block(conv2_, block(conv1_, batch)).flatten(1);
    x = dropout_.apply(fc1_->forward(x).relu_(), is_training());
    x = dropout_.apply(fc2_->forward(x).relu_(), is_training());
    return fc3_->forward(x);
  }

private:
  /// ReLU after pooling: the same values, on a quarter of them.
  static at::Tensor block(nn::Conv2d& conv, const at::Tensor& x) { return at::max_pool2d(conv->forward(x), 2).relu_(); }

  nn::Conv2d conv1_;
  nn::Conv2d conv2_;
  nn::Linear fc1_;
  nn::Linear fc2_;
  nn::Linear fc3_;
  detail::dropout dropout_;
};

} // namespace

detail::model_kind cnn() {
  return {.variant = {.name = "cnn",
                      .sentence = "Two convolutions and three fully connected layers: 62,006 parameters for 3x32x32 "
                                  "images of 10 classes.",
                      .keys = {detail::dropout_key()}},
          .build = [](const config::section& model, const detail::model_input& input,
                      const std::shared_ptr<detail::step_random>& random) -> result<std::shared_ptr<detail::network>> {
            if (auto images = detail::expect_images("cnn", input, 16); !images)
              return fail(images);
            return std::make_shared<cnn_network>(input, detail::dropout(model.real("dropout"), random));
          }};
}

} // namespace rhizome::models::zoo
