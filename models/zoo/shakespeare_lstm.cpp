#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/rnn.h>

#include "models/detail/registry.hpp"

namespace rhizome::models::zoo {

namespace {

namespace nn = torch::nn;

constexpr std::int64_t width = 8, hidden = 256, layers = 2;

/// The network that DecentralizePy trains on Shakespeare (EuroMLSys'23), with its names and order of parameters: the
/// outputs of a two-layer LSTM at all places of the text, ReLU and one fully connected layer.
class shakespeare_network : public detail::network {
public:
  explicit shakespeare_network(const detail::model_input& input)
      : embedding_(register_module("embedding", nn::Embedding(input.vocabulary, width))),
        lstm_(register_module("lstm", nn::LSTM(nn::LSTMOptions(width, hidden).num_layers(layers).batch_first(true)))),
        l1_(register_module("l1", nn::Linear(hidden * input.features(), input.outputs))) {}

  at::Tensor forward(const at::Tensor& batch) override {
    const auto [outputs, state] = lstm_->forward(embedding_->forward(batch.to(at::kLong)));
    return l1_->forward(outputs.flatten(1).relu());
  }

private:
  nn::Embedding embedding_;
  nn::LSTM lstm_;
  nn::Linear l1_;
};

} // namespace

detail::model_kind shakespeare_lstm() {
  return {.variant = {.name = "shakespeare-lstm",
                      .sentence = "Two LSTM layers of 256 for the next character, all of whose outputs are read: "
                                  "2,683,708 parameters for 80 characters of 92."},
          .build = [](const config::section&, const detail::model_input& input,
                      const std::shared_ptr<detail::step_random>&) -> result<std::shared_ptr<detail::network>> {
            return std::make_shared<shakespeare_network>(input);
          },
          .takes = {detail::sample_kind::tokens}};
}

} // namespace rhizome::models::zoo
