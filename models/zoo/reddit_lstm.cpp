#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/rnn.h>

#include "models/detail/registry.hpp"

namespace rhizome::models::zoo {

namespace {

namespace nn = torch::nn;

constexpr std::int64_t width = 200, hidden = 256, layers = 2, bottleneck = 128;

/// The network that DecentralizePy trains on Reddit (EuroMLSys'23), with its names and order of parameters: the last
/// output of a two-layer LSTM and two fully connected layers with ReLU between them. Token 0, with which short pieces
/// are filled up, is the zero vector and is not learnt.
class reddit_network : public detail::network {
public:
  explicit reddit_network(const detail::model_input& input)
      : embedding_(
            register_module("embedding", nn::Embedding(nn::EmbeddingOptions(input.vocabulary, width).padding_idx(0)))),
        rnn_cells_(register_module("rnn_cells",
                                   nn::LSTM(nn::LSTMOptions(width, hidden).num_layers(layers).batch_first(true)))),
        l1_(register_module("l1", nn::Linear(hidden, bottleneck))),
        l2_(register_module("l2", nn::Linear(bottleneck, input.outputs))) {}

  at::Tensor forward(const at::Tensor& batch) override {
    const auto [outputs, state] = rnn_cells_->forward(embedding_->forward(batch.to(at::kLong)));
    return l2_->forward(l1_->forward(outputs.select(1, -1)).relu());
  }

private:
  nn::Embedding embedding_;
  nn::LSTM rnn_cells_;
  nn::Linear l1_;
  nn::Linear l2_;
};

} // namespace

detail::model_kind reddit_lstm() {
  return {.variant = {.name = "reddit-lstm",
                      .sentence =
                          "Two LSTM layers of 256 for the next word, whose last output is read; token 0 is padding "
                          "and counts for nothing: 4,317,895 parameters for a vocabulary of 9,999."},
          .build = [](const config::section&, const detail::model_input& input,
                      const std::shared_ptr<detail::step_random>&) -> result<std::shared_ptr<detail::network>> {
            return std::make_shared<reddit_network>(input);
          },
          .takes = {detail::sample_kind::tokens}};
}

} // namespace rhizome::models::zoo
