#pragma once

// TorchScript files for the tests of models/, written from C++: Python is not needed. Included after
// RHIZOME_TEST_WITH_TORCH and tests/support/doctest.hpp.

#include <string>

#include <torch/csrc/jit/api/module.h>

#include "tests/cli/program.hpp"
#include "tests/models/fixture.hpp"

namespace rhizome::models::test {

/// The code of fully connected layers fc1 and fc2 with a ReLU between them.
inline constexpr const char* two_layers = R"(
def forward(self, x):
  hidden = torch.relu(torch.linear(x.flatten(1), self.fc1.weight, self.fc1.bias))
  return torch.linear(hidden, self.fc2.weight, self.fc2.bias)
)";

/// The weights and bias of a fully connected layer as a submodule: small numbers, all different.
inline void add_layer(torch::jit::Module& to, const std::string& name, std::int64_t inputs, std::int64_t outputs) {
  torch::jit::Module layer("__torch__." + name, to._ivalue()->compilation_unit());
  const auto weight = torch::arange(inputs * outputs, torch::kFloat).sin().view({outputs, inputs});
  const auto bias = torch::arange(outputs, torch::kFloat).cos();
  layer.register_parameter("weight", (weight / std::sqrt(static_cast<double>(inputs))).requires_grad_(), false);
  layer.register_parameter("bias", (bias / 10).requires_grad_(), false);
  to.register_module(name, layer);
}

/// A module for `inputs` features and ten classes, with the layers fc1 and fc2 and that code.
inline torch::jit::Module scripted(std::int64_t inputs, const std::string& code = two_layers) {
  torch::jit::Module module("__torch__.scripted");
  module.register_attribute("training", c10::BoolType::get(), true);
  add_layer(module, "fc1", inputs, 20);
  add_layer(module, "fc2", 20, 10);
  module.define(code);
  return module;
}

/// A directory for files that [model] names.
class model_files {
public:
  [[nodiscard]] std::string path(const std::string& name) const { return (directory_.path() / name).string(); }

  std::string write(const torch::jit::Module& module, const std::string& name = "net.pt") const {
    module.save(path(name));
    return path(name);
  }

private:
  tests::scratch_directory directory_;
};

/// The sentence with which the model is refused; empty if it is taken.
inline std::string refusal(const std::string& model, const data::dataset_ptr& set, const model_keys& keys) {
  const auto made = try_runtime(model, set, {}, keys);
  return made ? "" : made.error().message;
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace rhizome::models::test
