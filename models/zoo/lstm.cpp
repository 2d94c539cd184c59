#include <string>
#include <vector>

#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/rnn.h>

#include "models/detail/registry.hpp"

namespace rhizome::models::zoo {

namespace {

namespace nn = torch::nn;

/// An embedding, LSTM layers lstm1, lstm2, ..., each followed by dropout, and one fully connected layer that reads the
/// last output. The layers are modules of their own, for LibTorch's dropout between those of one draws from its
/// generator.
class lstm_network : public detail::network {
public:
  lstm_network(const detail::model_input& input, const config::section& model, detail::dropout dropout)
      : embedding_(register_module("embedding", nn::Embedding(input.vocabulary, model.integer("embedding")))),
        dropout_(std::move(dropout)) {
    const auto hidden = model.integer("hidden");
    std::int64_t width = model.integer("embedding");
    for (std::int64_t i = 1; i <= model.integer("layers"); ++i)
      layers_.push_back(
          register_module("lstm" + std::to_string(i),
                          nn::LSTM(nn::LSTMOptions(std::exchange(width, hidden), hidden).batch_first(true))));
    fc_ = register_module("fc", nn::Linear(hidden, input.outputs));
  }

  at::Tensor forward(const at::Tensor& batch) override {
    at::Tensor x = embedding_->forward(batch.to(at::kLong));
    for (auto& layer : layers_)
      x = dropout_.apply(std::get<0>(layer->forward(x)), is_training());
    return fc_->forward(x.select(1, -1));
  }

private:
  nn::Embedding embedding_;
  std::vector<nn::LSTM> layers_;
  nn::Linear fc_{nullptr};
  detail::dropout dropout_;
};

config::key extent(const char* name, std::int64_t value, const char* sentence, double maximum) {
  return {.name = name, .default_value = value, .sentence = sentence, .minimum = 1, .maximum = maximum};
}

} // namespace

detail::model_kind lstm() {
  auto dropout = detail::dropout_key();
  dropout.sentence = "Probability with which an output of an LSTM layer is set to zero in training.";
  return {.variant = {.name = "lstm",
                      .sentence = "LSTM layers for the next character or word, whose last output is read.",
                      .keys = {extent("embedding", 32, "Width of the vector that stands for a character or word.", 1e5),
                               extent("hidden", 128, "Units of each layer.", 1e5),
                               extent("layers", 2, "LSTM layers.", 100), dropout}},
          .build = [](const config::section& model, const detail::model_input& input,
                      const std::shared_ptr<detail::step_random>& random) -> result<std::shared_ptr<detail::network>> {
            return std::make_shared<lstm_network>(input, model, detail::dropout(model.real("dropout"), random));
          },
          .takes = {detail::sample_kind::tokens}};
}

} // namespace rhizome::models::zoo
