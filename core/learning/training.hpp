#pragma once

#include <cstddef>
#include <cstdint>

#include "core/config/schema.hpp"
#include "core/learning/sampler.hpp"
#include "core/result.hpp"

namespace rhizome::learning {

/// The rule by which parameters follow gradients.
enum class optimizer_kind : std::uint8_t {
  sgd,      ///< with momentum, Nesterov's momentum and weight decay
  adam,     ///< Kingma and Ba 2015; weight decay as an L2 term of the gradient
  adamw,    ///< Loshchilov and Hutter 2019; weight decay apart from the gradient
  rmsprop,  ///< Tieleman and Hinton 2012; centered as in Graves 2013 (arXiv 1308.0850); with momentum
  adagrad,  ///< Duchi, Hazan and Singer 2011
  adadelta, ///< Zeiler 2012 (arXiv 1212.5701)
};

/// How the learning rate goes with the node's local steps.
enum class schedule_kind : std::uint8_t {
  constant,
  stepwise, ///< "step": times gamma every step_size local steps
  cosine,   ///< half a cosine from learning_rate to 0 at the run's last step
};

/// What is minimised.
enum class loss_kind : std::uint8_t {
  automatic,     ///< cross-entropy for classification, mean squared error for regression
  cross_entropy, ///< of the softmax of the outputs, mean over a batch
  mse,           ///< mean squared error; for classification of the outputs against one-hot targets, mean over classes
};

/// The section [training].
struct training_options {
  std::uint32_t local_steps = 5;
  std::uint32_t local_epochs = 0; ///< above 0: so many passes over the node's shard in place of local_steps
  std::uint32_t batch_size = 8;
  optimizer_kind optimizer = optimizer_kind::sgd;
  double learning_rate = 0.05;
  double momentum = 0;
  bool nesterov = false;
  double weight_decay = 0;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;          ///< from() puts the optimizer's own in place of the key's 0
  double alpha = 0.99;            ///< RMSprop: decay of the mean of squared gradients
  bool centered = false;          ///< RMSprop: divide by the deviation rather than the root mean square
  double rho = 0.9;               ///< Adadelta: decay of both means
  double learning_rate_decay = 0; ///< Adagrad: a step is divided by 1 + steps before x this
  double initial_accumulator = 0; ///< Adagrad
  double gradient_clip = 0;       ///< largest L2 norm of a step's gradient; 0: any
  schedule_kind schedule = schedule_kind::constant;
  std::uint64_t step_size = 1000; ///< local steps
  double gamma = 0.1;
  std::uint64_t warmup_steps = 0; ///< local steps
  bool reset_optimizer = false;
  sampling how = sampling::epoch;
  bool drop_last = true;
  loss_kind loss = loss_kind::automatic;

  /// The options of a validated section.
  [[nodiscard]] static training_options from(const config::section& training);
};

/// The schema of [training].
[[nodiscard]] config::section_schema training_schema();

/// A round's batches are drawn together: more than this many would take gigabytes.
inline constexpr std::uint32_t most_steps_per_round = 10'000'000;

/// Local steps of one round of a node with `n_samples` training samples: 0 if it has too few for a batch. More than fit
/// the type become its largest value, which check_steps() refuses.
[[nodiscard]] std::uint32_t steps_per_round(const training_options& options, std::uint64_t n_samples);

/// Refuses local epochs that make a round of a node with `n_samples` training samples longer than
/// `most_steps_per_round`.
[[nodiscard]] result<void> check_steps(const training_options& options, std::uint64_t n_samples);

/// The sampler of a node with `n_samples` training samples.
[[nodiscard]] batch_sampler sampler_of(const training_options& options, std::uint64_t seed, std::uint64_t n_samples);

/// State vectors that the optimizer keeps for a node between rounds: none for plain SGD and while `reset_optimizer`
/// starts each round afresh, else as many as state_vectors() says.
[[nodiscard]] std::size_t optimizer_vectors(const training_options& options);

} // namespace rhizome::learning
