#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/learning/trainer.hpp"
#include "models/detail/batch.hpp"
#include "models/detail/flat_network.hpp"
#include "models/runtime.hpp"

namespace rhizome::models::detail {

/// What all trainers of a run share, unchanged while they work.
struct run_setup {
  config::section model;
  learning::training_options training;
  data::dataset_ptr data;
  std::shared_ptr<const node_samples> nodes;
  run_parameters run;
  model_input input;
  learning::vector_layout layout;
  std::vector<initial_values> initialisation;
  std::vector<float> start = {}; ///< [size], from a file, in place of the drawn initial values; empty: they are drawn
};

/// A trainer with its own network. Memory and arithmetic of a step do not depend on what it did before.
class network_trainer final : public learning::trainer {
public:
  network_trainer(std::shared_ptr<const run_setup> setup, std::shared_ptr<network> net,
                  std::shared_ptr<step_random> random);

  double train(node_id node, std::span<float> model, std::span<const std::span<float>> optimizer,
               const learning::batch_range& batches, std::uint64_t optimizer_steps, bool& finite) override;
  double gradient(node_id node, std::span<const float> point, std::span<float> out,
                  const learning::batch_range& batches) override;
  bool apply(std::span<float> model, std::span<float> gradient, std::span<const std::span<float>> optimizer,
             std::uint64_t step, std::uint64_t optimizer_steps) override;
  learning::evaluation evaluate(node_id node, std::span<const float> model, learning::test_set on,
                                std::uint64_t samples) override;

private:
  /// Adds the mean gradient of one batch to the network's. Returns the loss.
  double backward(node_id node, std::uint64_t step, std::span<const std::uint32_t> batch);
  /// The batch's loss. `wanted` are its classes or, in a regression, its targets: [batch].
  at::Tensor mean_loss(const at::Tensor& outputs, const at::Tensor& wanted) const;
  /// The state to step with: the node's, or with `reset_optimizer` the trainer's own.
  std::vector<std::span<float>> state(std::span<const std::span<float>> optimizer, std::uint64_t steps_before);
  at::Tensor features(const data::samples& from, std::span<const std::uint32_t> indices);
  at::Tensor targets(const data::samples& from, std::span<const std::uint32_t> indices);
  std::span<const std::uint32_t> test_samples(node_id node, learning::test_set on, std::uint64_t samples);
  std::span<const std::uint32_t> train_samples(node_id node) const;

  std::shared_ptr<const run_setup> setup_;
  flat_network net_;
  std::shared_ptr<step_random> random_;
  batch_reader reader_;
  at::Tensor features_; ///< [largest batch so far, shape of a sample], reused
  at::Tensor targets_;  ///< [largest batch so far], reused
  std::vector<std::vector<float>> own_state_;
  std::vector<std::uint32_t> test_samples_;
};

} // namespace rhizome::models::detail
