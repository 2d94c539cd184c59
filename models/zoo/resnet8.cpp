#include <ATen/Functions.h>
#include <torch/nn/modules/linear.h>

#include "models/detail/registry.hpp"
#include "models/detail/residual.hpp"

namespace rhizome::models::zoo {

namespace {

namespace nn = torch::nn;

constexpr std::int64_t width = 512;
constexpr std::int64_t pool = 4;

/// Extent after the two stages of stride 2 and the 4 x 4 pooling.
constexpr std::int64_t after_pool(std::int64_t extent) {
  return ((extent + 1) / 2 + 1) / 2 / pool;
}

/// The ResNet-8 that DecentralizePy trains on CIFAR-10: three blocks of 128, 256 and 512 channels.
class resnet8_network : public detail::residual_network {
public:
  explicit resnet8_network(const detail::model_input& input)
      : detail::residual_network({.channels = input.shape[0],
                                  .widths = {128, 256, width},
                                  .stem_width = 128,
                                  .blocks = 1,
                                  .shortcut = "shortcut"}) {
    const auto inputs = width * after_pool(input.shape[1]) * after_pool(input.shape[2]);
    linear_ = register_module("linear", nn::Linear(inputs, input.outputs));
    // The original carries two layers that no output depends on. They are kept, since they count in what is sent and
    // in its published size: a second linear layer like the first and a table of classes x classes numbers.
    register_module("linear2", nn::Linear(inputs, input.outputs));
    register_module("emb", std::make_shared<nn::Module>())
        ->register_parameter("weight", at::zeros({input.outputs, input.outputs}));
  }

  at::Tensor forward(const at::Tensor& batch) override {
    return linear_->forward(at::avg_pool2d(features(batch), pool).flatten(1));
  }

private:
  nn::Linear linear_{nullptr};
};

} // namespace

detail::model_kind resnet8() {
  return {.variant = {.name = "resnet8",
                      .sentence = "Three residual blocks with BatchNorm: 4,932,344 parameters and 5,376 running "
                                  "statistics for 3x32x32 images of 10 classes."},
          .build = [](const config::section&, const detail::model_input& input,
                      const std::shared_ptr<detail::step_random>&) -> result<std::shared_ptr<detail::network>> {
            if (auto images = detail::expect_images("resnet8", input, 13); !images)
              return fail(images);
            return std::make_shared<resnet8_network>(input);
          }};
}

} // namespace rhizome::models::zoo
