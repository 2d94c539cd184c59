#pragma once

#include <torch/nn/modules/linear.h>

#include "models/detail/network.hpp"

namespace rhizome::models::detail {

/// One fully connected layer, "fc1".
class single_layer : public network {
public:
  explicit single_layer(const model_input& input)
      : fc1_(register_module("fc1", torch::nn::Linear(input.features(), input.outputs))) {}

  at::Tensor forward(const at::Tensor& batch) override { return fc1_->forward(batch.flatten(1)); }

private:
  torch::nn::Linear fc1_;
};

} // namespace rhizome::models::detail
