#include <ATen/Functions.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include "models/detail/registry.hpp"

namespace rhizome::models::zoo {

namespace {

namespace nn = torch::nn;

constexpr std::int64_t width = 32;

nn::Conv2d same_conv(std::int64_t from) {
  return nn::Conv2d(nn::Conv2dOptions(from, width, 3).padding(1));
}

/// LEAF's network for CelebA, as DecentralizePy trains it: four times 3 x 3 convolution, 2 x 2 max-pooling and ReLU,
/// and one fully connected layer.
class celeba_cnn_network : public detail::network {
public:
  explicit celeba_cnn_network(const detail::model_input& input)
      : conv1_(register_module("conv1", same_conv(input.shape[0]))), conv2_(register_module("conv2", same_conv(width))),
        conv3_(register_module("conv3", same_conv(width))), conv4_(register_module("conv4", same_conv(width))),
        fc1_(register_module("fc1", nn::Linear(width * (input.shape[1] / 16) * (input.shape[2] / 16), input.outputs))) {
  }

  at::Tensor forward(const at::Tensor& batch) override {
    at::Tensor x = batch;
    for (auto* conv : {&conv1_, &conv2_, &conv3_, &conv4_})
      x = at::max_pool2d((*conv)->forward(x), 2).relu_();
    return fc1_->forward(x.flatten(1));
  }

private:
  nn::Conv2d conv1_;
  nn::Conv2d conv2_;
  nn::Conv2d conv3_;
  nn::Conv2d conv4_;
  nn::Linear fc1_;
};

} // namespace

detail::model_kind celeba_cnn() {
  return {.variant = {.name = "celeba-cnn",
                      .sentence = "Four convolutions and one fully connected layer: 30,242 parameters for 3x84x84 "
                                  "images of 2 classes."},
          .build = [](const config::section&, const detail::model_input& input,
                      const std::shared_ptr<detail::step_random>&) -> result<std::shared_ptr<detail::network>> {
            if (auto images = detail::expect_images("celeba-cnn", input, 16); !images)
              return fail(images);
            return std::make_shared<celeba_cnn_network>(input);
          }};
}

} // namespace rhizome::models::zoo
