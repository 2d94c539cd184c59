#pragma once

// Small runs for the tests of models/: data of random pixels, a runtime on them and plain LibTorch networks to compare
// with. Included after RHIZOME_TEST_WITH_TORCH and tests/support/doctest.hpp.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/random.hpp"
#include "models/runtime.hpp"
#include "models/schema.hpp"

namespace rhizome::models::test {

/// `count` training and as many test samples of random bytes and labels.
inline data::dataset_ptr random_images(std::vector<std::int64_t> shape, std::size_t count, std::int64_t classes = 10) {
  auto set = std::make_shared<data::dataset>();
  set->name = "random";
  set->shape = std::move(shape);
  set->classes = classes;
  set->scale = 1.0f / 255;
  set->mean = {0.4f};
  set->deviation = {0.3f};
  random_stream random(5, purpose::synthetic_data);
  for (auto* samples : {&set->train, &set->test}) {
    std::vector<std::uint8_t> bytes(count * set->features());
    for (auto& byte : bytes)
      byte = static_cast<std::uint8_t>(random.below(256));
    samples->features = std::move(bytes);
    samples->count = count;
    for (std::size_t i = 0; i < count; ++i)
      samples->labels.push_back(static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(classes))));
  }
  return set;
}

/// `count` training and as many test samples of `features` normal numbers whose target is their sum.
inline data::dataset_ptr random_sums(std::int64_t features, std::size_t count) {
  auto set = std::make_shared<data::dataset>();
  set->name = "sums";
  set->kind = data::task::regression;
  set->shape = {features};
  set->mean = {0};
  set->deviation = {1};
  random_stream random(6, purpose::synthetic_data);
  for (auto* samples : {&set->train, &set->test}) {
    std::vector<float> values;
    for (std::size_t i = 0; i < count; ++i) {
      float sum = 0;
      for (std::int64_t k = 0; k < features; ++k)
        sum += values.emplace_back(static_cast<float>(random.normal()));
      samples->targets.push_back(sum);
    }
    samples->features = std::move(values);
    samples->count = count;
  }
  return set;
}

using model_keys = std::vector<std::pair<std::string, config::value>>;

/// Two nodes: even samples and odd ones, in training and test; a third node, a server, has none.
inline result<std::shared_ptr<learning::model_runtime>> try_runtime(const std::string& model, data::dataset_ptr set,
                                                                    const learning::training_options& training = {},
                                                                    const model_keys& keys = {}) {
  auto section = config::defaults(models::schema(), model);
  section.set("name", model);
  for (const auto& [name, value] : keys)
    section.set(name, value);
  auto nodes = std::make_shared<node_samples>();
  for (auto* lists : {&nodes->train, &nodes->test}) {
    lists->resize(2);
    for (std::uint32_t i = 0; i < set->train.count; ++i)
      (*lists)[i % 2].push_back(i);
  }
  return make_runtime(section, training, std::move(set), nodes, {.seed = 3, .rounds = 10});
}

inline std::shared_ptr<learning::model_runtime> runtime_of(const std::string& model, data::dataset_ptr set,
                                                           const learning::training_options& training = {},
                                                           const model_keys& keys = {}) {
  return try_runtime(model, std::move(set), training, keys).value();
}

inline std::vector<float> initial(const learning::model_runtime& runtime, node_id node = 0) {
  std::vector<float> values(runtime.layout().size());
  runtime.initial_parameters(node, values);
  return values;
}

/// A node's vector and optimizer state, trained job by job.
struct trained_node {
  explicit trained_node(const learning::model_runtime& runtime)
      : values(initial(runtime)), state(runtime.optimizer_vectors(), std::vector<float>(values.size(), 1e30f)) {}

  double train(learning::trainer& with, std::uint32_t count, node_id node = 0) {
    const std::vector<std::span<float>> spans(state.begin(), state.end());
    const double loss = with.train(node, values, spans, {done, count}, done, finite);
    done += count;
    return loss;
  }

  std::vector<float> values;
  std::vector<std::vector<float>> state;
  std::uint64_t done = 0;
  bool finite = true;
};

/// The LeNet as one would write it with LibTorch's own layers.
struct plain_lenet : torch::nn::Module {
  torch::nn::Conv2d conv1, conv2, conv3;
  torch::nn::GroupNorm gn1, gn2, gn3;
  torch::nn::Linear fc1;

  plain_lenet(std::int64_t channels, std::int64_t side)
      : conv1(torch::nn::Conv2dOptions(channels, 32, 5).padding(2)),
        conv2(torch::nn::Conv2dOptions(32, 32, 5).padding(2)), conv3(torch::nn::Conv2dOptions(32, 64, 5).padding(2)),
        gn1(torch::nn::GroupNormOptions(2, 32)), gn2(torch::nn::GroupNormOptions(2, 32)),
        gn3(torch::nn::GroupNormOptions(2, 64)), fc1(64 * (side / 8) * (side / 8), 10) {
    register_module("conv1", conv1), register_module("gn1", gn1), register_module("conv2", conv2);
    register_module("gn2", gn2), register_module("conv3", conv3), register_module("gn3", gn3);
    register_module("fc1", fc1);
  }

  at::Tensor forward(at::Tensor x) {
    x = torch::max_pool2d(torch::relu(gn1(conv1(x))), 2);
    x = torch::max_pool2d(torch::relu(gn2(conv2(x))), 2);
    x = torch::max_pool2d(torch::relu(gn3(conv3(x))), 2);
    return fc1(x.flatten(1));
  }
};

/// Copies a vector into a module's parameters, by name.
inline void set_parameters(torch::nn::Module& module, const learning::vector_layout& layout,
                           const std::vector<float>& values) {
  const torch::NoGradGuard no_gradients;
  auto parameters = module.named_parameters();
  for (const auto& tensor : layout.tensors)
    parameters[tensor.name].copy_(
        torch::from_blob(const_cast<float*>(values.data()) + tensor.offset, tensor.shape, torch::kFloat));
}

/// A module's parameters in the order of the layout.
inline std::vector<float> parameters_of(const torch::nn::Module& module, const learning::vector_layout& layout) {
  std::vector<float> values(layout.size());
  const auto parameters = module.named_parameters();
  for (const auto& tensor : layout.tensors) {
    const auto from = parameters[tensor.name].detach().contiguous();
    std::copy_n(from.data_ptr<float>(), from.numel(), values.begin() + static_cast<std::ptrdiff_t>(tensor.offset));
  }
  return values;
}

/// The named samples, normalised, as LibTorch would compute them.
inline at::Tensor images_of(const data::dataset& set, const data::samples& from,
                            const std::vector<std::uint32_t>& indices) {
  std::vector<std::int64_t> shape{static_cast<std::int64_t>(indices.size())};
  shape.insert(shape.end(), set.shape.begin(), set.shape.end());
  const auto batch = torch::empty(shape, torch::kFloat);
  float* out = batch.data_ptr<float>();
  const auto& bytes = std::get<std::vector<std::uint8_t>>(from.features);
  for (const auto index : indices)
    for (std::size_t i = 0; i < set.features(); ++i)
      *out++ = bytes[index * set.features() + i];
  return (batch * set.scale - set.mean[0]) / set.deviation[0];
}

inline at::Tensor labels_of(const data::samples& from, const std::vector<std::uint32_t>& indices) {
  const auto labels = torch::empty({static_cast<std::int64_t>(indices.size())}, torch::kLong);
  for (std::size_t i = 0; i < indices.size(); ++i)
    labels.data_ptr<std::int64_t>()[i] = from.labels[indices[i]];
  return labels;
}

inline double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double largest = a.size() == b.size() ? 0 : 1e30;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    largest = std::max(largest, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  return largest;
}

} // namespace rhizome::models::test
