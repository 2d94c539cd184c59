#include "models/detail/network_trainer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <ATen/Functions.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/generated/variable_factories.h>

#include "core/learning/optimizer.hpp"
#include "core/learning/schedule.hpp"
#include "models/process_setup.hpp"

namespace rhizome::models::detail {

namespace {

constexpr double not_measured = std::numeric_limits<double>::quiet_NaN();

/// Floats of one evaluation batch's samples: large enough for full speed, small enough for their activations to stay
/// recycled memory.
constexpr std::size_t evaluation_floats = 250 * 28 * 28;

/// What a token counts as, of which a sample has few, but each becomes a vector in every layer.
constexpr std::size_t floats_of_token = 64;

std::size_t evaluation_batch(const data::dataset& data) {
  const std::size_t sample = data.features() * (data.vocabulary > 0 ? floats_of_token : 1);
  return std::clamp<std::size_t>(evaluation_floats / sample, 1, 1000);
}

/// Places on the scale of ratings: 0 for the lowest.
at::Tensor place_on(const data::rating_scale& scale, const at::Tensor& values) {
  return ((values.clamp(scale.lowest, scale.highest) - scale.lowest) / scale.step).round();
}

/// The numbers that evaluation draws its samples with: (seed, evaluation, node, this).
enum evaluation_draw : std::uint32_t { global_samples = 1, local_samples = 2, validation_samples = 3 };

} // namespace

network_trainer::network_trainer(std::shared_ptr<const run_setup> setup, std::shared_ptr<network> net,
                                 std::shared_ptr<step_random> random)
    : setup_(std::move(setup)), net_(std::move(net)), random_(std::move(random)), reader_(*setup_->data) {
  prepare_thread();
  if (setup_->training.reset_optimizer)
    own_state_.assign(learning::state_vectors(setup_->training), std::vector<float>(setup_->layout.parameters));
}

double network_trainer::train(node_id node, std::span<float> model, std::span<const std::span<float>> optimizer,
                              const learning::batch_range& batches, std::uint64_t optimizer_steps, bool& finite) {
  const auto& options = setup_->training;
  const auto shard = train_samples(node);
  const auto total_steps = std::uint64_t{setup_->run.rounds} * learning::steps_per_round(options, shard.size());
  std::uint64_t seen = options.reset_optimizer ? 0 : optimizer_steps;
  const auto state_vectors = state(optimizer, seen);
  std::ranges::copy(model, net_.values().begin());

  double loss = 0;
  std::uint64_t step = batches.first_batch;
  const auto drawn =
      learning::sampler_of(options, setup_->run.seed, shard.size()).batches(node, shard, step, batches.count);
  for (const auto& batch : drawn) {
    std::ranges::fill(net_.gradient(), 0.0f);
    loss += backward(node, step, batch);
    if (options.gradient_clip > 0)
      learning::clip_gradient(net_.gradient(), options.gradient_clip);
    learning::optimizer_step(options, learning::learning_rate(options, step, total_steps), net_.parameters(),
                             net_.gradient(), state_vectors, seen);
    ++step;
    ++seen;
  }
  std::ranges::copy(net_.values(), model.begin());
  finite = std::isfinite(loss) && learning::all_finite(model);
  return drawn.empty() ? not_measured : loss / static_cast<double>(drawn.size());
}

double network_trainer::gradient(node_id node, std::span<const float> point, std::span<float> out,
                                 const learning::batch_range& batches) {
  const auto shard = train_samples(node);
  const auto drawn = learning::sampler_of(setup_->training, setup_->run.seed, shard.size())
                         .batches(node, shard, batches.first_batch, batches.count);
  std::ranges::copy(point, net_.values().begin());
  std::ranges::fill(net_.gradient(), 0.0f);
  double loss = 0;
  for (std::size_t i = 0; i < drawn.size(); ++i)
    loss += backward(node, batches.first_batch + i, drawn[i]);

  const auto count = static_cast<double>(std::max<std::size_t>(1, drawn.size()));
  const auto mean = static_cast<float>(1 / count);
  const auto rest = std::ranges::transform(net_.gradient(), out.begin(), [mean](float g) { return g * mean; }).out;
  std::fill(rest, out.end(), 0.0f);
  return drawn.empty() ? not_measured : loss / count;
}

bool network_trainer::apply(std::span<float> model, std::span<float> gradient,
                            std::span<const std::span<float>> optimizer, std::uint64_t step,
                            std::uint64_t optimizer_steps) {
  const auto& options = setup_->training;
  const auto parameters = setup_->layout.parameters;
  const std::uint64_t seen = options.reset_optimizer ? 0 : optimizer_steps;
  const auto along = gradient.first(parameters);
  if (options.gradient_clip > 0)
    learning::clip_gradient(along, options.gradient_clip);
  learning::optimizer_step(options, learning::learning_rate(options, step, setup_->run.rounds), model.first(parameters),
                           along, state(optimizer, seen), seen);
  return learning::all_finite(model);
}

double network_trainer::backward(node_id node, std::uint64_t step, std::span<const std::uint32_t> batch) {
  random_->stream.emplace(setup_->run.seed, purpose::dropout, node, static_cast<std::uint32_t>(step));
  const auto& samples = setup_->data->train;
  const at::Tensor outputs = net_.module().forward(features(samples, batch));
  const at::Tensor wanted = targets(samples, batch);
  const at::Tensor loss = mean_loss(outputs, wanted);
  loss.backward();
  return static_cast<double>(*loss.data_ptr<float>());
}

at::Tensor network_trainer::mean_loss(const at::Tensor& outputs, const at::Tensor& wanted) const {
  if (!setup_->input.classification)
    return at::mse_loss(outputs.view(-1), wanted);
  if (setup_->training.loss == learning::loss_kind::mse)
    return at::mse_loss(outputs, at::one_hot(wanted, outputs.size(1)).to(at::kFloat));
  return at::cross_entropy_loss(outputs, wanted);
}

learning::evaluation network_trainer::evaluate(node_id node, std::span<const float> model, learning::test_set on,
                                               std::uint64_t samples) {
  const c10::NoGradGuard no_gradients;
  const auto& test = on == learning::test_set::validation ? setup_->data->validation : setup_->data->test;
  const auto chosen = test_samples(node, on, samples);
  const std::size_t batch_size = evaluation_batch(*setup_->data);
  const bool classification = setup_->input.classification;
  const auto& ratings = setup_->data->ratings;
  std::ranges::copy(model, net_.values().begin());
  net_.module().eval();
  double loss = 0;
  double absolute_error = 0;
  std::int64_t correct = 0;
  for (std::size_t first = 0; first < chosen.size(); first += batch_size) {
    const auto batch = chosen.subspan(first, std::min(batch_size, chosen.size() - first));
    const at::Tensor outputs = net_.module().forward(features(test, batch));
    const at::Tensor wanted = targets(test, batch);
    loss += mean_loss(outputs, wanted).item<double>() * static_cast<double>(batch.size());
    if (classification)
      correct += outputs.argmax(1).eq(wanted).sum().item<std::int64_t>();
    else
      absolute_error += (outputs.view(-1) - wanted).abs().sum().item<double>();
    if (ratings)
      correct += place_on(*ratings, outputs.view(-1)).eq(place_on(*ratings, wanted)).sum().item<std::int64_t>();
  }
  net_.module().train();
  if (chosen.empty())
    return {.on = on, .loss = not_measured, .accuracy = not_measured, .samples = 0};
  const auto count = static_cast<double>(chosen.size());
  return {.on = on,
          .loss = loss / count,
          .accuracy = classification || ratings ? static_cast<double>(correct) / count : not_measured,
          .samples = chosen.size(),
          .mae = classification ? not_measured : absolute_error / count};
}

std::vector<std::span<float>> network_trainer::state(std::span<const std::span<float>> optimizer,
                                                     std::uint64_t steps_before) {
  if (setup_->training.reset_optimizer)
    return {own_state_.begin(), own_state_.end()};
  std::vector<std::span<float>> vectors(optimizer.begin(), optimizer.end());
  for (auto& vector : vectors) {
    if (steps_before == 0) // what stands beside the parameters' state has no meaning, but is saved and hashed with it
      std::ranges::fill(vector.subspan(setup_->layout.parameters), 0.0f);
    vector = vector.first(setup_->layout.parameters);
  }
  return vectors;
}

at::Tensor network_trainer::features(const data::samples& from, std::span<const std::uint32_t> indices) {
  const auto count = static_cast<std::int64_t>(indices.size());
  if (!features_.defined() || features_.size(0) < count) {
    std::vector<std::int64_t> shape{count};
    shape.insert(shape.end(), setup_->data->shape.begin(), setup_->data->shape.end());
    features_ = at::empty(shape, at::kFloat);
  }
  reader_.read(from, indices, features_.data_ptr<float>());
  return features_.narrow(0, 0, count);
}

at::Tensor network_trainer::targets(const data::samples& from, std::span<const std::uint32_t> indices) {
  const auto count = static_cast<std::int64_t>(indices.size());
  const bool classes = setup_->input.classification;
  if (!targets_.defined() || targets_.size(0) < count)
    targets_ = at::empty({count}, classes ? at::kLong : at::kFloat);
  if (classes)
    std::ranges::transform(indices, targets_.data_ptr<std::int64_t>(), [&](auto i) { return from.labels[i]; });
  else
    std::ranges::transform(indices, targets_.data_ptr<float>(), [&](auto i) { return from.targets[i]; });
  return targets_.narrow(0, 0, count);
}

std::span<const std::uint32_t> network_trainer::train_samples(node_id node) const {
  const auto& shards = setup_->nodes->train;
  return node < shards.size() ? std::span(shards[node]) : std::span<const std::uint32_t>();
}

std::span<const std::uint32_t> network_trainer::test_samples(node_id node, learning::test_set on,
                                                             std::uint64_t samples) {
  using learning::test_set;
  const bool local = on == test_set::local;
  if (local) {
    const auto& lists = setup_->nodes->test;
    test_samples_ = node < lists.size() ? lists[node] : std::vector<std::uint32_t>();
  } else {
    test_samples_.resize((on == test_set::validation ? setup_->data->validation : setup_->data->test).count);
    std::iota(test_samples_.begin(), test_samples_.end(), 0u);
  }
  if (samples == 0 || samples >= test_samples_.size())
    return test_samples_;
  const auto draw = local ? local_samples : on == test_set::validation ? validation_samples : global_samples;
  random_stream(setup_->run.seed, purpose::evaluation, local ? node : 0, draw).shuffle(std::span(test_samples_));
  test_samples_.resize(samples);
  std::ranges::sort(test_samples_);
  return test_samples_;
}

} // namespace rhizome::models::detail
