#include <ATen/Functions.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include "models/detail/registry.hpp"

namespace rhizome::models::zoo {

namespace {

namespace nn = torch::nn;

nn::Conv2d same_conv(std::int64_t from, std::int64_t to) {
  return nn::Conv2d(nn::Conv2dOptions(from, to, 5).padding(2));
}

/// LEAF's network for FEMNIST, as DecentralizePy trains it.
class femnist_cnn_network : public detail::network {
public:
  explicit femnist_cnn_network(const detail::model_input& input)
      : conv1_(register_module("conv1", same_conv(input.shape[0], 32))),
        conv2_(register_module("conv2", same_conv(32, 64))),
        fc1_(register_module("fc1", nn::Linear(64 * (input.shape[1] / 4) * (input.shape[2] / 4), 512))),
        fc2_(register_module("fc2", nn::Linear(512, input.outputs))) {}

  at::Tensor forward(const at::Tensor& batch) override {
    const at::Tensor x = block(conv2_, block(conv1_, batch)).flatten(1);
    return fc2_->forward(fc1_->forward(x).relu_());
  }

private:
  /// ReLU after pooling: the same values, on a quarter of them.
  static at::Tensor block(nn::Conv2d& conv, const at::Tensor& x) { return at::max_pool2d(conv->forward(x), 2).relu_(); }

  nn::Conv2d conv1_;
  nn::Conv2d conv2_;
  nn::Linear fc1_;
  nn::Linear fc2_;
};

} // namespace

detail::model_kind femnist_cnn() {
  return {.variant = {.name = "femnist-cnn",
                      .sentence = "Two convolutions and two fully connected layers: 1,690,046 parameters for 1x28x28 "
                                  "images of 62 classes."},
          .build = [](const config::section&, const detail::model_input& input,
                      const std::shared_ptr<detail::step_random>&) -> result<std::shared_ptr<detail::network>> {
            if (auto images = detail::expect_images("femnist-cnn", input, 4); !images)
              return fail(images);
            return std::make_shared<femnist_cnn_network>(input);
          }};
}

} // namespace rhizome::models::zoo
