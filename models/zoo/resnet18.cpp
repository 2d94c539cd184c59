#include <algorithm>

#include <ATen/Functions.h>
#include <torch/nn/modules/linear.h>

#include "models/detail/registry.hpp"
#include "models/detail/residual.hpp"

namespace rhizome::models::zoo {

namespace {

namespace nn = torch::nn;

/// Images from this size on begin with a convolution of stride 2 and pooling.
constexpr std::int64_t large_image = 64;

/// Four stages of two blocks, the mean over what is left of the image, and one fully connected layer; torchvision's
/// names.
class resnet18_network : public detail::residual_network {
public:
  resnet18_network(const detail::residual_shape& shape, std::int64_t outputs)
      : detail::residual_network(shape), fc_(register_module("fc", nn::Linear(shape.widths.back(), outputs))) {}

  at::Tensor forward(const at::Tensor& batch) override {
    return fc_->forward(at::adaptive_avg_pool2d(features(batch), {1, 1}).flatten(1));
  }

private:
  nn::Linear fc_;
};

result<std::shared_ptr<detail::network>> build_resnet18(const config::section& model, const detail::model_input& input,
                                                        const std::shared_ptr<detail::step_random>&) {
  if (auto images = detail::expect_images("resnet18", input, 8); !images)
    return fail(images);
  const bool large = std::min(input.shape[1], input.shape[2]) >= large_image;
  return std::make_shared<resnet18_network>(
      detail::residual_shape{.channels = input.shape[0],
                             .stem = large ? detail::stem_kind::large : detail::stem_kind::small,
                             .widths = {64, 128, 256, 512},
                             .norm =
                                 model.text("norm") == "batch" ? detail::norm_kind::batch : detail::norm_kind::group},
      input.outputs);
}

result<std::shared_ptr<detail::network>> build_femnist_resnet(const config::section&, const detail::model_input& input,
                                                              const std::shared_ptr<detail::step_random>&) {
  if (auto images = detail::expect_images("femnist-resnet", input, 8); !images)
    return fail(images);
  return std::make_shared<resnet18_network>(
      detail::residual_shape{
          .channels = input.shape[0], .stem = detail::stem_kind::large, .widths = {32, 64, 128, 256}, .stem_width = 32},
      input.outputs);
}

} // namespace

detail::model_kind resnet18() {
  return {.variant = {.name = "resnet18",
                      .sentence = "ResNet-18, for images of less than 64 pixels whose first convolution is 3x3: "
                                  "11,173,962 parameters for 3x32x32 images of 10 classes.",
                      .keys = {{.name = "norm",
                                .default_value = std::string("group"),
                                .sentence = "\"group\" normalises each image alone, in 32 groups of channels; "
                                            "\"batch\" has running statistics, 9,600 floats that are no parameters "
                                            "(model.buffers).",
                                .choices = {"group", "batch"}}}},
          .build = build_resnet18};
}

detail::model_kind femnist_resnet() {
  return {.variant = {.name = "femnist-resnet",
                      .sentence = "ResNet-18 of half the width with BatchNorm: 2,811,678 parameters and 4,800 running "
                                  "statistics for 1x28x28 images of 62 classes."},
          .build = build_femnist_resnet};
}

} // namespace rhizome::models::zoo
