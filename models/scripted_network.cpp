#include "models/detail/scripted_network.hpp"

#include <set>

#include <c10/core/GradMode.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

namespace rhizome::models::detail {

scripted_network::scripted_network(torch::jit::Module module) : module_(std::move(module)) {
  std::set<const c10::TensorImpl*> known;
  for (const auto& parameter : module_.named_parameters())
    if (known.insert(parameter.value.unsafeGetTensorImpl()).second)
      add(parameter.name, parameter.value, parameter.value.requires_grad());
  for (const auto& buffer : module_.named_buffers())
    if (known.insert(buffer.value.unsafeGetTensorImpl()).second) {
      if (buffer.value.scalar_type() == at::kFloat)
        add(buffer.name, buffer.value, false);
      else
        fixed_.emplace_back(buffer.value, buffer.value.clone());
    }
  train();
}

at::Tensor scripted_network::forward(const at::Tensor& batch) {
  // Otherwise the kernels, and with them the last bits, would depend on how often this thread has run the graph.
  const torch::jit::GraphOptimizerEnabledGuard as_written(false);
  {
    const c10::NoGradGuard no_gradients;
    for (auto& [tensor, values] : fixed_)
      tensor.copy_(values);
  }
  return module_.forward({batch}).toTensor();
}

void scripted_network::train(bool on) {
  network::train(on);
  module_.train(on);
}

torch::nn::Module& scripted_network::part(const std::string& path) {
  if (const auto found = parts_.find(path); found != parts_.end())
    return *found->second;
  const auto dot = path.rfind('.');
  torch::nn::Module& parent = dot == std::string::npos ? *this : part(path.substr(0, dot));
  auto made = parent.register_module(dot == std::string::npos ? path : path.substr(dot + 1),
                                     std::make_shared<torch::nn::Module>());
  return *parts_.emplace(path, std::move(made)).first->second;
}

void scripted_network::add(const std::string& name, const at::Tensor& tensor, bool parameter) {
  const auto dot = name.rfind('.');
  torch::nn::Module& owner = dot == std::string::npos ? *this : part(name.substr(0, dot));
  const auto own_name = dot == std::string::npos ? name : name.substr(dot + 1);
  // Both keep the module's tensor itself: what becomes of it, becomes of the module's.
  if (parameter)
    owner.register_parameter(own_name, tensor);
  else
    owner.register_buffer(own_name, tensor);
}

} // namespace rhizome::models::detail
