#pragma once

#include <ATen/Functions.h>
#include <torch/nn/module.h>

namespace rhizome::models::detail {

/// A table of vectors [count, width], one for each number, that starts uniform in [-bound, bound): where products of
/// entries are what matters, PyTorch's N(0, 1) is too wide.
class narrow_embedding_module : public torch::nn::Module {
public:
  narrow_embedding_module(std::int64_t count, std::int64_t width, float bound)
      : weight_(register_parameter("weight", at::zeros({count, width}))), bound_(bound) {}

  /// The vectors of `numbers` (int64): [..., width].
  [[nodiscard]] at::Tensor of(const at::Tensor& numbers) const { return at::embedding(weight_, numbers); }
  [[nodiscard]] float bound() const { return bound_; }

private:
  at::Tensor weight_;
  float bound_;
};

} // namespace rhizome::models::detail
