#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <torch/csrc/jit/api/module.h>

#include "models/detail/network.hpp"

namespace rhizome::models::detail {

/// A TorchScript module as a network. Its trainable parameters are the network's; its other float tensors, frozen
/// parameters among them, are the network's buffers; what else it has, such as counters, begins each step with the
/// file's values, so that no step depends on which node the trainer worked for before. A parameter that has several
/// names (tied weights) is there once, under the first.
class scripted_network final : public network {
public:
  explicit scripted_network(torch::jit::Module module);

  at::Tensor forward(const at::Tensor& batch) override;
  void train(bool on = true) override;

private:
  /// The module at that dotted path, made where it is not there.
  torch::nn::Module& part(const std::string& path);
  void add(const std::string& name, const at::Tensor& tensor, bool parameter);

  torch::jit::Module module_;
  std::map<std::string, std::shared_ptr<torch::nn::Module>> parts_;
  std::vector<std::pair<at::Tensor, at::Tensor>> fixed_; ///< the module's tensor, the file's values
};

} // namespace rhizome::models::detail
