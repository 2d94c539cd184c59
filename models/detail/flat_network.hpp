#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/learning/trainer.hpp"
#include "models/detail/network.hpp"

namespace rhizome::models::detail {

/// How the network's parameters and float buffers stand in a flat vector, in the order of their registration.
[[nodiscard]] learning::vector_layout layout_of(const network& net);

/// The network's tensors as such a vector.
[[nodiscard]] std::vector<float> values_of(const network& net);

/// A network whose parameters and float buffers are views into one flat buffer, and whose gradients are views into
/// another: a node's vector goes in and out by one copy, and an optimizer is one pass.
class flat_network {
public:
  explicit flat_network(std::shared_ptr<network> net);

  [[nodiscard]] network& module() { return *net_; }
  /// [parameters | float buffers]
  [[nodiscard]] std::span<float> values();
  [[nodiscard]] std::span<float> parameters();
  /// [parameters], accumulated by backward().
  [[nodiscard]] std::span<float> gradient();

private:
  std::shared_ptr<network> net_;
  std::size_t n_parameters_;
  at::Tensor values_;
  at::Tensor gradient_;
};

/// How one tensor starts: normal with a deviation, uniform in [-bound, bound), or where both are 0 a constant.
struct initial_values {
  std::size_t offset = 0; ///< in floats
  std::size_t count = 0;
  float bound = 0;
  float constant = 0;
  float deviation = 0;
  std::size_t padding_offset = 0; ///< within the tensor
  std::size_t padding_count = 0;  ///< an embedding's row for padding, which is and stays 0
};

/// PyTorch's defaults for each tensor of the layout: Kaiming-uniform with a = sqrt(5), that is a bound of
/// 1 / sqrt(inputs of a neuron), for convolutions and fully connected layers and their biases; a bound of
/// 1 / sqrt(hidden units) for LSTMs; N(0, 1) for embeddings but narrow ones; what the module was built with, ones or
/// zeros, for all others.
[[nodiscard]] std::vector<initial_values> initialisation_of(const network& net);

/// Draws them: tensor i from the stream (seed, initialisation, subject, i).
void initialise(std::span<const initial_values> tensors, std::uint64_t seed, std::uint32_t subject,
                std::span<float> out);

} // namespace rhizome::models::detail
