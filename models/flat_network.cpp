#include "models/detail/flat_network.hpp"

#include <cmath>
#include <map>

#include <ATen/Functions.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

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

/// Bounds of the uniform distribution by parameter name, of the layers that have one.
std::map<std::string, float> uniform_bounds(const network& net) {
  std::map<std::string, float> bounds;
  for (const auto& module : net.named_modules("", false)) {
    if (module.value()->as<torch::nn::Conv2dImpl>() == nullptr &&
        module.value()->as<torch::nn::LinearImpl>() == nullptr)
      continue;
    const auto parameters = module.value()->named_parameters(false);
    const at::Tensor& weight = parameters["weight"];
    const auto inputs = static_cast<double>(weight.numel() / weight.size(0));
    for (const auto& parameter : parameters)
      bounds[module.key() + "." + parameter.key()] = static_cast<float>(1 / std::sqrt(inputs));
  }
  return bounds;
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
  const auto bounds = uniform_bounds(net);
  std::vector<initial_values> tensors;
  std::size_t offset = 0;
  for_each_tensor(net, [&](const std::string& name, const at::Tensor& tensor, bool) {
    initial_values initial{.offset = offset, .count = static_cast<std::size_t>(tensor.numel())};
    offset += initial.count;
    if (const auto found = bounds.find(name); found != bounds.end())
      initial.bound = found->second;
    else
      initial.constant = *tensor.data_ptr<float>();
    tensors.push_back(initial);
  });
  return tensors;
}

void initialise(std::span<const initial_values> tensors, std::uint64_t seed, std::uint32_t subject,
                std::span<float> out) {
  for (std::size_t index = 0; index < tensors.size(); ++index) {
    const auto& [offset, count, bound, constant] = tensors[index];
    random_stream random(seed, purpose::initialisation, subject, static_cast<std::uint32_t>(index));
    for (float& value : out.subspan(offset, count))
      value = bound == 0 ? constant : static_cast<float>((2 * random.uniform() - 1) * static_cast<double>(bound));
  }
}

} // namespace rhizome::models::detail
