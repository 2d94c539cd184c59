#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include "core/random.hpp"
#include "models/detail/files.hpp"

namespace rhizome::models::detail {

/// A module that maps a batch [samples, shape of a sample...] to outputs [samples, outputs], all float32. Nothing in it
/// draws from LibTorch's generator once it is built.
class network : public torch::nn::Module {
public:
  [[nodiscard]] virtual at::Tensor forward(const at::Tensor& batch) = 0;
};

/// What a model is built for.
struct model_input {
  std::vector<std::int64_t> shape; ///< of one sample: {channels, height, width} or {features}
  std::int64_t outputs = 1;        ///< classes; 1 for regression
  bool classification = true;
  std::int64_t vocabulary = 0;               ///< above 0: features are token numbers below it, one text a sample
  std::vector<std::int64_t> categories = {}; ///< not empty: features are numbers of things, see data::dataset
  file_content file = nullptr;               ///< what `model.path` names, of models that are read from there

  [[nodiscard]] std::int64_t features() const;
};

/// The random numbers of the current step, set by the trainer before each forward pass in training mode.
struct step_random {
  std::optional<random_stream> stream;
};

/// Dropout (Srivastava et al. 2014, inverted): zeroes a value with the given probability and scales up the others. The
/// mask is a function of (seed, node, step) and of the layer's place in the forward pass.
class dropout {
public:
  dropout(double probability, std::shared_ptr<step_random> random);

  /// `x` itself outside training.
  [[nodiscard]] at::Tensor apply(const at::Tensor& x, bool training) const;

private:
  double probability_;
  std::shared_ptr<step_random> random_;
};

} // namespace rhizome::models::detail
