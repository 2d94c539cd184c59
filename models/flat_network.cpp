#include "models/detail/flat_network.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include <ATen/Functions.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/rnn.h>

#include "models/detail/narrow_embedding.hpp"

namespace rhizome::models::detail {

namespace {

std::span<float> floats_of(const at::Tensor& tensor, std::size_t count) {
  return {tensor.data_ptr<float>(), count};
}

at::Tensor view(const at::Tensor& flat, const learning::tensor_layout& tensor, std::int64_t count) {
  return flat.narrow(0, static_cast<std::int64_t>(tensor.offset), count).view(tensor.shape);
}

bool is_float(const at::Tensor& tensor) {
  return tensor.scalar_type() == at::kFloat;
}

/// The distribution that a layer's parameters start from: uniform in [-bound, bound), or normal.
struct distribution {
  float bound = 0;
  float deviation = 0;
  std::size_t padding_offset = 0; ///< see initial_values
  std::size_t padding_count = 0;
};

/// N(0, 1), but for the row of the padding.
distribution of_embedding(const torch::nn::EmbeddingOptions& options) {
  distribution normal{.deviation = 1};
  if (const auto padding = options.padding_idx()) {
    normal.padding_count = static_cast<std::size_t>(options.embedding_dim());
    normal.padding_offset = static_cast<std::size_t>(*padding) * normal.padding_count;
  }
  return normal;
}

/// That of a module's own parameters; nothing where they keep what they were built with.
std::optional<distribution> distribution_of(const torch::nn::Module& module) {
  const auto uniform = [](double inputs) { return distribution{.bound = static_cast<float>(1 / std::sqrt(inputs))}; };
  if (module.as<torch::nn::Conv2dImpl>() != nullptr || module.as<torch::nn::LinearImpl>() != nullptr) {
    const at::Tensor weight = module.named_parameters(false)["weight"];
    return uniform(static_cast<double>(weight.numel() / weight.size(0)));
  }
  if (const auto* lstm = module.as<torch::nn::LSTMImpl>())
    return uniform(static_cast<double>(lstm->options.hidden_size()));
  if (const auto* embedding = module.as<narrow_embedding_module>())
    return distribution{.bound = embedding->bound()};
  if (const auto* embedding = module.as<torch::nn::EmbeddingImpl>())
    return of_embedding(embedding->options);
  return {};
}

/// By parameter name, for the layers that have one.
std::map<std::string, distribution> distributions(const network& net) {
  std::map<std::string, distribution> found;
  for (const auto& module : net.named_modules("", false))
    if (const auto drawn_from = distribution_of(*module.value()))
      for (const auto& parameter : module.value()->named_parameters(false))
        found[module.key() + "." + parameter.key()] = *drawn_from;
  return found;
}

/// Calls `f(name, tensor, is a buffer)` for each float tensor in the order of the flat vector.
template <class Function>
void for_each_tensor(const network& net, Function f) {
  for (const auto& parameter : net.named_parameters())
    f(parameter.key(), parameter.value(), false);
  for (const auto& buffer : net.named_buffers())
    if (is_float(buffer.value()))
      f(buffer.key(), buffer.value(), true);
}

} // namespace

learning::vector_layout layout_of(const network& net) {
  learning::vector_layout layout;
  for_each_tensor(net, [&](const std::string& name, const at::Tensor& tensor, bool buffer) {
    layout.tensors.push_back({.name = name, .shape = tensor.sizes().vec(), .offset = layout.size(), .buffer = buffer});
    (buffer ? layout.buffers : layout.parameters) += static_cast<std::size_t>(tensor.numel());
  });
  return layout;
}

std::vector<float> values_of(const network& net) {
  std::vector<float> values;
  for_each_tensor(net, [&](const std::string&, const at::Tensor& tensor, bool) {
    const auto copy = tensor.detach().contiguous();
    const auto floats = floats_of(copy, static_cast<std::size_t>(copy.numel()));
    values.insert(values.end(), floats.begin(), floats.end());
  });
  return values;
}

flat_network::flat_network(std::shared_ptr<network> net) : net_(std::move(net)) {
  const auto layout = layout_of(*net_);
  n_parameters_ = layout.parameters;
  values_ = at::zeros({static_cast<std::int64_t>(layout.size())}, at::kFloat);
  gradient_ = at::zeros({static_cast<std::int64_t>(layout.parameters)}, at::kFloat);
  auto next = layout.tensors.begin();
  for_each_tensor(*net_, [&](const std::string&, at::Tensor tensor, bool buffer) {
    tensor.set_data(view(values_, *next, tensor.numel()));
    if (!buffer)
      tensor.mutable_grad() = view(gradient_, *next, tensor.numel());
    ++next;
  });
}

std::span<float> flat_network::values() {
  return floats_of(values_, static_cast<std::size_t>(values_.numel()));
}

std::span<float> flat_network::parameters() {
  return floats_of(values_, n_parameters_);
}

std::span<float> flat_network::gradient() {
  return floats_of(gradient_, n_parameters_);
}

std::vector<initial_values> initialisation_of(const network& net) {
  const auto drawn_from = distributions(net);
  std::vector<initial_values> tensors;
  std::size_t offset = 0;
  for_each_tensor(net, [&](const std::string& name, const at::Tensor& tensor, bool) {
    initial_values initial{.offset = offset, .count = static_cast<std::size_t>(tensor.numel())};
    offset += initial.count;
    if (const auto found = drawn_from.find(name); found != drawn_from.end()) {
      initial.bound = found->second.bound;
      initial.deviation = found->second.deviation;
      initial.padding_offset = found->second.padding_offset;
      initial.padding_count = found->second.padding_count;
    } else
      initial.constant = *tensor.data_ptr<float>();
    tensors.push_back(initial);
  });
  return tensors;
}

void initialise(std::span<const initial_values> tensors, std::uint64_t seed, std::uint32_t subject,
                std::span<float> out) {
  for (std::size_t index = 0; index < tensors.size(); ++index) {
    const auto& initial = tensors[index];
    random_stream random(seed, purpose::initialisation, subject, static_cast<std::uint32_t>(index));
    const auto draw = [&]() -> double {
      if (initial.deviation != 0)
        return random.normal() * static_cast<double>(initial.deviation);
      return (2 * random.uniform() - 1) * static_cast<double>(initial.bound);
    };
    const bool drawn = initial.bound != 0 || initial.deviation != 0;
    for (float& value : out.subspan(initial.offset, initial.count))
      value = drawn ? static_cast<float>(draw()) : initial.constant;
    std::ranges::fill(out.subspan(initial.offset + initial.padding_offset, initial.padding_count), 0.0f);
  }
}

} // namespace rhizome::models::detail
