#include "core/learning/training.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/learning/optimizer.hpp"

namespace rhizome::learning {

namespace {

using config::key;

template <class Enum>
using names_of = std::vector<std::pair<std::string_view, Enum>>;

const names_of<optimizer_kind>& optimizers() {
  static const names_of<optimizer_kind> names{
      {"sgd", optimizer_kind::sgd},         {"adam", optimizer_kind::adam},
      {"adamw", optimizer_kind::adamw},     {"rmsprop", optimizer_kind::rmsprop},
      {"adagrad", optimizer_kind::adagrad}, {"adadelta", optimizer_kind::adadelta}};
  return names;
}

const names_of<schedule_kind>& schedules() {
  static const names_of<schedule_kind> names{
      {"constant", schedule_kind::constant}, {"step", schedule_kind::stepwise}, {"cosine", schedule_kind::cosine}};
  return names;
}

const names_of<sampling>& samplings() {
  static const names_of<sampling> names{{"epoch", sampling::epoch}, {"fresh_each_round", sampling::fresh_each_round}};
  return names;
}

const names_of<loss_kind>& losses() {
  static const names_of<loss_kind> names{
      {"auto", loss_kind::automatic}, {"cross-entropy", loss_kind::cross_entropy}, {"mse", loss_kind::mse}};
  return names;
}

template <class Enum>
std::vector<std::string> choices(const names_of<Enum>& names) {
  std::vector<std::string> texts;
  for (const auto& [name, value] : names)
    texts.emplace_back(name);
  return texts;
}

template <class Enum>
Enum chosen(const names_of<Enum>& names, const std::string& text) {
  for (const auto& [name, value] : names)
    if (name == text)
      return value;
  throw std::logic_error("the value \"" + text + "\" is not among its key's choices");
}

/// What epsilon = 0 stands for: the default of PyTorch's optimizer.
double default_epsilon(optimizer_kind optimizer) {
  if (optimizer == optimizer_kind::adagrad)
    return 1e-10;
  return optimizer == optimizer_kind::adadelta ? 1e-6 : 1e-8;
}

std::vector<config::problem> check(const config::document& document) {
  const auto options = training_options::from(document["training"]);
  std::vector<config::problem> problems;
  if (options.optimizer != optimizer_kind::sgd && options.optimizer != optimizer_kind::rmsprop && options.momentum > 0)
    problems.push_back(
        {"training.momentum", "momentum belongs to optimizer = \"sgd\" or \"rmsprop\"; Adam's is beta1"});
  if (options.centered && options.optimizer != optimizer_kind::rmsprop)
    problems.push_back({"training.centered", "centered belongs to optimizer = \"rmsprop\""});
  if (options.learning_rate_decay > 0 && options.optimizer != optimizer_kind::adagrad)
    problems.push_back({"training.learning_rate_decay",
                        "learning_rate_decay belongs to optimizer = \"adagrad\"; for others choose training.schedule"});
  if (options.nesterov && options.optimizer != optimizer_kind::sgd)
    problems.push_back({"training.nesterov", "Nesterov's momentum belongs to optimizer = \"sgd\""});
  else if (options.nesterov && options.momentum == 0)
    problems.push_back({"training.nesterov", "Nesterov's momentum needs training.momentum above 0, such as 0.9"});
  return problems;
}

std::vector<key> step_keys() {
  constexpr double most = std::numeric_limits<std::uint32_t>::max();
  return {
      {.name = "local_steps",
       .default_value = std::int64_t{5},
       .sentence = "Local steps, of one batch each, that a node trains in a round.",
       .unit = "steps",
       .minimum = 1,
       .maximum = 1e6},
      {.name = "local_epochs",
       .default_value = std::int64_t{0},
       .sentence = "Passes over its own shard that a node trains in a round, in place of local_steps; 0: local_steps "
                   "decides.",
       .unit = "epochs",
       .minimum = 0,
       .maximum = 1e6},
      {.name = "batch_size",
       .default_value = std::int64_t{8},
       .sentence = "Samples in a batch.",
       .unit = "samples",
       .minimum = 1,
       .maximum = 1e6},
      {.name = "sampling",
       .default_value = std::string("epoch"),
       .sentence = "How a node goes through its samples: \"epoch\" in a new order each epoch, going on across rounds; "
                   "\"fresh_each_round\" begins a new order each round.",
       .choices = choices(samplings())},
      {.name = "drop_last",
       .default_value = true,
       .sentence = "Leave out the incomplete batch at the end of an epoch."},
      {.name = "loss",
       .default_value = std::string("auto"),
       .sentence = "What is minimised; \"auto\": cross-entropy for classification, mean squared error for regression. "
                   "\"mse\" of classes is between the outputs and one-hot targets.",
       .choices = choices(losses())},
      {.name = "schedule",
       .default_value = std::string("constant"),
       .sentence = "How the learning rate changes with a node's local steps, after the warm-up.",
       .choices = choices(schedules())},
      {.name = "step_size",
       .default_value = std::int64_t{1000},
       .sentence = "With schedule = \"step\": local steps after which the learning rate is multiplied by gamma.",
       .unit = "steps",
       .minimum = 1,
       .maximum = most},
      {.name = "gamma",
       .default_value = 0.1,
       .sentence = "With schedule = \"step\": what the learning rate is multiplied by.",
       .minimum = 0,
       .maximum = 1,
       .exclusive_minimum = true},
      {.name = "warmup_steps",
       .default_value = std::int64_t{0},
       .sentence = "Local steps over which the learning rate first rises linearly to its value.",
       .unit = "steps",
       .minimum = 0,
       .maximum = most},
  };
}

std::vector<key> optimizer_keys() {
  return {
      {.name = "optimizer",
       .default_value = std::string("sgd"),
       .sentence = "The rule by which parameters follow gradients, as PyTorch's optimizers of these names.",
       .choices = choices(optimizers())},
      {.name = "learning_rate",
       .default_value = 0.05,
       .sentence = "Length of a step, before the schedule.",
       .minimum = 0,
       .maximum = 1e6},
      {.name = "momentum",
       .default_value = 0.0,
       .sentence = "Momentum of SGD and RMSprop.",
       .minimum = 0,
       .maximum = 1},
      {.name = "nesterov", .default_value = false, .sentence = "Nesterov's form of SGD's momentum."},
      {.name = "weight_decay",
       .default_value = 0.0,
       .sentence = "L2 penalty on the parameters; in AdamW their decay.",
       .minimum = 0,
       .maximum = 1e6},
      {.name = "beta1",
       .default_value = 0.9,
       .sentence = "Adam's decay of the mean of gradients.",
       .minimum = 0,
       .maximum = 0.999999},
      {.name = "beta2",
       .default_value = 0.999,
       .sentence = "Adam's decay of the mean of squared gradients.",
       .minimum = 0,
       .maximum = 0.99999999},
      {.name = "epsilon",
       .default_value = 0.0,
       .sentence =
           "What keeps the denominator of Adam, AdamW, RMSprop, Adagrad and Adadelta from 0; 0: PyTorch's value, "
           "1e-10 for Adagrad, 1e-6 for Adadelta, else 1e-8.",
       .minimum = 0,
       .maximum = 1},
      {.name = "alpha",
       .default_value = 0.99,
       .sentence = "RMSprop's decay of the mean of squared gradients.",
       .minimum = 0,
       .maximum = 0.99999999},
      {.name = "centered",
       .default_value = false,
       .sentence = "RMSprop: divide by the gradients' deviation rather than by their root mean square."},
      {.name = "rho",
       .default_value = 0.9,
       .sentence = "Adadelta's decay of the means of squared gradients and squared steps.",
       .minimum = 0,
       .maximum = 0.99999999},
      {.name = "learning_rate_decay",
       .default_value = 0.0,
       .sentence = "Adagrad: the learning rate is divided by 1 + this times the steps before.",
       .minimum = 0,
       .maximum = 1e6},
      {.name = "initial_accumulator",
       .default_value = 0.0,
       .sentence = "Adagrad: where its sums of squared gradients begin.",
       .minimum = 0,
       .maximum = 1e6},
      {.name = "gradient_clip",
       .default_value = 0.0,
       .sentence = "Largest L2 norm of a step's gradient, which is scaled down to it; 0: any.",
       .minimum = 0},
      {.name = "reset_optimizer",
       .default_value = false,
       .sentence = "Forget the optimizer's state (momentum, means) at the start of each round."},
  };
}

} // namespace

config::section_schema training_schema() {
  config::section_schema schema;
  schema.name = "training";
  schema.sentence = "How nodes train between two exchanges.";
  schema.keys = step_keys();
  std::ranges::move(optimizer_keys(), std::back_inserter(schema.keys));
  schema.check = check;
  return schema;
}

training_options training_options::from(const config::section& training) {
  const auto optimizer = chosen(optimizers(), training.text("optimizer"));
  const double epsilon = training.real("epsilon");
  const auto count = [&](std::string_view name) { return static_cast<std::uint32_t>(training.integer(name)); };
  return {
      .local_steps = count("local_steps"),
      .local_epochs = count("local_epochs"),
      .batch_size = count("batch_size"),
      .optimizer = optimizer,
      .learning_rate = training.real("learning_rate"),
      .momentum = training.real("momentum"),
      .nesterov = training.boolean("nesterov"),
      .weight_decay = training.real("weight_decay"),
      .beta1 = training.real("beta1"),
      .beta2 = training.real("beta2"),
      .epsilon = epsilon > 0 ? epsilon : default_epsilon(optimizer),
      .alpha = training.real("alpha"),
      .centered = training.boolean("centered"),
      .rho = training.real("rho"),
      .learning_rate_decay = training.real("learning_rate_decay"),
      .initial_accumulator = training.real("initial_accumulator"),
      .gradient_clip = training.real("gradient_clip"),
      .schedule = chosen(schedules(), training.text("schedule")),
      .step_size = count("step_size"),
      .gamma = training.real("gamma"),
      .warmup_steps = count("warmup_steps"),
      .reset_optimizer = training.boolean("reset_optimizer"),
      .how = chosen(samplings(), training.text("sampling")),
      .drop_last = training.boolean("drop_last"),
      .loss = chosen(losses(), training.text("loss")),
  };
}

std::uint32_t steps_per_round(const training_options& options, std::uint64_t n_samples) {
  const auto per_epoch =
      batch_sampler{.batch_size = options.batch_size, .drop_last = options.drop_last}.batches_per_epoch(n_samples);
  if (per_epoch == 0)
    return 0;
  if (options.local_epochs == 0)
    return options.local_steps;
  constexpr std::uint64_t largest = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::min(options.local_epochs * per_epoch, largest));
}

result<void> check_steps(const training_options& options, std::uint64_t n_samples) {
  if (steps_per_round(options, n_samples) <= most_steps_per_round)
    return {};
  return fail(error_kind::invalid_input,
              "training.local_epochs = {} makes rounds too long for a node with {} training samples in batches of {}: "
              "expected at most {} local steps a round; lower training.local_epochs and raise experiment.rounds",
              options.local_epochs, n_samples, options.batch_size, most_steps_per_round);
}

batch_sampler sampler_of(const training_options& options, std::uint64_t seed, std::uint64_t n_samples) {
  return {.seed = seed,
          .how = options.how,
          .batch_size = options.batch_size,
          .drop_last = options.drop_last,
          .batches_per_round = std::max<std::uint32_t>(1, steps_per_round(options, n_samples))};
}

std::size_t optimizer_vectors(const training_options& options) {
  return options.reset_optimizer ? 0 : state_vectors(options);
}

} // namespace rhizome::learning
