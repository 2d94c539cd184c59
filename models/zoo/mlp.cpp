#include <string>
#include <vector>

#include <ATen/Functions.h>
#include <torch/nn/modules/linear.h>

#include "models/detail/registry.hpp"

namespace rhizome::models::zoo {

namespace {

namespace nn = torch::nn;

using activation = at::Tensor (*)(const at::Tensor&);

activation activation_of(const std::string& name) {
  if (name == "tanh")
    return [](const at::Tensor& x) { return x.tanh(); };
  if (name == "sigmoid")
    return [](const at::Tensor& x) { return x.sigmoid(); };
  return [](const at::Tensor& x) { return x.relu(); };
}

/// Fully connected layers fc1, fc2, ..., each but the last followed by the activation and dropout.
class mlp_network : public detail::network {
public:
  mlp_network(const detail::model_input& input, const std::vector<std::int64_t>& hidden, activation f,
              detail::dropout dropout)
      : activation_(f), dropout_(std::move(dropout)) {
    std::int64_t width = input.features();
    for (const auto next : hidden)
      add_layer(std::exchange(width, next), next);
    add_layer(width, input.outputs);
  }

  at::Tensor forward(const at::Tensor& batch) override {
    at::Tensor x = batch.flatten(1);
    for (std::size_t i = 0; i + 1 < layers_.size(); ++i)
      x = dropout_.apply(activation_(layers_[i]->forward(x)), is_training());
    return layers_.back()->forward(x);
  }

private:
  void add_layer(std::int64_t from, std::int64_t to) {
    layers_.push_back(register_module("fc" + std::to_string(layers_.size() + 1), nn::Linear(from, to)));
  }

  std::vector<nn::Linear> layers_;
  activation activation_;
  detail::dropout dropout_;
};

} // namespace

detail::model_kind mlp() {
  return {.variant = {.name = "mlp",
                      .sentence = "Fully connected layers.",
                      .keys = {{.name = "hidden",
                                .default_value = std::vector<std::int64_t>{200},
                                .sentence = "Widths of the hidden layers.",
                                .unit = "neurons",
                                .minimum = 1,
                                .maximum = 1e6},
                               {.name = "activation",
                                .default_value = std::string("relu"),
                                .sentence = "What follows each hidden layer.",
                                .choices = {"relu", "tanh", "sigmoid"}},
                               detail::dropout_key()}},
          .build = [](const config::section& model, const detail::model_input& input,
                      const std::shared_ptr<detail::step_random>& random) -> result<std::shared_ptr<detail::network>> {
            return std::make_shared<mlp_network>(input, model.integers("hidden"),
                                                 activation_of(model.text("activation")),
                                                 detail::dropout(model.real("dropout"), random));
          }};
}

} // namespace rhizome::models::zoo
