#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/learning/job.hpp"
#include "core/result.hpp"

namespace rhizome::learning {

/// Where training happens: the only door through which the rest of the project sees models. One trainer belongs to one
/// thread; it owns one module and works on whatever flat vector it is given, so it holds no state of a node.
class trainer {
public:
  virtual ~trainer() = default;

  /// Local steps on `model` [size] in place. `optimizer` are the state vectors [parameters] as train_step says.
  /// Returns the mean training loss over the batches (each before its update). Sets `finite` to false if a loss or a
  /// parameter is not.
  virtual double train(node_id node, std::span<float> model, std::span<const std::span<float>> optimizer,
                       const batch_range& batches, std::uint64_t optimizer_steps, bool& finite) = 0;

  /// Writes the mean gradient [size] over the batches at `point` to `out`; buffers' entries are zero. Returns the loss.
  virtual double gradient(node_id node, std::span<const float> point, std::span<float> out,
                          const batch_range& batches) = 0;

  /// One optimizer step of `model` [size] along `gradient` [size], both in place: a clipped gradient is shorter
  /// afterwards. `step` of as many as the run has rounds gives the learning rate; `optimizer` as for train(). Returns
  /// whether every parameter is finite.
  virtual bool apply(std::span<float> model, std::span<float> gradient, std::span<const std::span<float>> optimizer,
                     std::uint64_t step, std::uint64_t optimizer_steps) = 0;

  /// Loss and accuracy of `model` in evaluation mode.
  virtual evaluation evaluate(node_id node, std::span<const float> model, test_set on, std::uint64_t samples) = 0;
};

/// One tensor inside the flat vector.
struct tensor_layout {
  std::string name; ///< as in PyTorch's state dict, such as "conv1.weight"
  std::vector<std::int64_t> shape;
  std::size_t offset = 0; ///< in floats
  bool buffer = false;    ///< a float buffer (running statistics), not a parameter
};

/// How a flat vector is made up: [parameters | float buffers].
struct vector_layout {
  std::vector<tensor_layout> tensors;
  std::size_t parameters = 0; ///< floats
  std::size_t buffers = 0;    ///< floats
  [[nodiscard]] std::size_t size() const { return parameters + buffers; }
};

/// The model and training of one run: built once before the workers start, const and thread-safe afterwards.
class model_runtime {
public:
  virtual ~model_runtime() = default;

  [[nodiscard]] virtual const vector_layout& layout() const = 0;

  /// State vectors [parameters] that the optimizer keeps for a node: 0 for plain SGD, up to 3 for others.
  [[nodiscard]] virtual std::size_t optimizer_vectors() const = 0;

  /// Writes node's initial vector [size]: the same for every node with `model.init = "shared"`.
  virtual void initial_parameters(node_id node, std::span<float> out) const = 0;

  /// A trainer, made and used in the calling thread only.
  [[nodiscard]] virtual std::unique_ptr<trainer> make_trainer() const = 0;

  /// Saves a vector as a file that LibTorch and Python's torch load.
  [[nodiscard]] virtual result<void> save(std::span<const float> model, const std::filesystem::path& file) const = 0;
};

} // namespace rhizome::learning
