#include <cmath>
#include <string>
#include <vector>

#include <ATen/Functions.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>

#include "models/detail/registry.hpp"

namespace rhizome::models::zoo {

namespace {

namespace nn = torch::nn;

nn::LayerNorm norm(std::int64_t width) {
  return nn::LayerNorm(nn::LayerNormOptions({width}));
}

/// One layer of a causal transformer with the norms in front (Vaswani et al. 2017; Xiong et al. 2020):
/// x + attention(norm(x)), then x + feed-forward(norm(x)).
class block : public nn::Module {
public:
  block(std::int64_t width, std::int64_t heads, detail::dropout dropout)
      : heads_(heads), norm1_(register_module("norm1", norm(width))),
        qkv_(register_module("qkv", nn::Linear(width, 3 * width))),
        project_(register_module("project", nn::Linear(width, width))), norm2_(register_module("norm2", norm(width))),
        widen_(register_module("widen", nn::Linear(width, 4 * width))),
        narrow_(register_module("narrow", nn::Linear(4 * width, width))), dropout_(std::move(dropout)) {}

  /// x: [samples, places, width]; `mask` [places, places] is minus infinity where a place is in another's future.
  at::Tensor forward(const at::Tensor& x, const at::Tensor& mask) {
    const at::Tensor seen = x + dropout_.apply(attention(norm1_->forward(x), mask), is_training());
    const at::Tensor thought = narrow_->forward(at::gelu(widen_->forward(norm2_->forward(seen))));
    return seen + dropout_.apply(thought, is_training());
  }

private:
  at::Tensor attention(const at::Tensor& x, const at::Tensor& mask) {
    const auto samples = x.size(0), places = x.size(1), width = x.size(2);
    const auto parts = qkv_->forward(x).view({samples, places, 3, heads_, width / heads_}).permute({2, 0, 3, 1, 4});
    const at::Tensor query = parts.select(0, 0), key = parts.select(0, 1), value = parts.select(0, 2);
    const double scale = 1 / std::sqrt(static_cast<double>(width / heads_));
    const at::Tensor weights = (at::matmul(query, key.transpose(-2, -1)) * scale + mask).softmax(-1);
    return project_->forward(at::matmul(weights, value).transpose(1, 2).reshape({samples, places, width}));
  }

  std::int64_t heads_;
  nn::LayerNorm norm1_;
  nn::Linear qkv_;
  nn::Linear project_;
  nn::LayerNorm norm2_;
  nn::Linear widen_;
  nn::Linear narrow_;
  detail::dropout dropout_;
};

/// Tokens and learnt places, layers layer1, layer2, ..., and a fully connected layer that reads the last place.
class transformer_network : public detail::network {
public:
  transformer_network(const detail::model_input& input, const config::section& model, const detail::dropout& dropout)
      : tokens_(register_module("tokens", nn::Embedding(input.vocabulary, model.integer("width")))),
        places_(register_module("places", nn::Embedding(input.features(), model.integer("width")))),
        numbers_(at::arange(input.features(), at::kLong)),
        mask_(at::full({input.features(), input.features()}, -INFINITY).triu(1)) {
    const auto width = model.integer("width");
    for (std::int64_t i = 1; i <= model.integer("layers"); ++i)
      layers_.push_back(register_module("layer" + std::to_string(i),
                                        std::make_shared<block>(width, model.integer("heads"), dropout)));
    norm_ = register_module("norm", norm(width));
    fc_ = register_module("fc", nn::Linear(width, input.outputs));
  }

  at::Tensor forward(const at::Tensor& batch) override {
    at::Tensor x = tokens_->forward(batch.to(at::kLong)) + places_->forward(numbers_);
    for (auto& layer : layers_)
      x = layer->forward(x, mask_);
    return fc_->forward(norm_->forward(x.select(1, -1)));
  }

private:
  nn::Embedding tokens_;
  nn::Embedding places_;
  at::Tensor numbers_; ///< 0, 1, ... of the places
  at::Tensor mask_;
  std::vector<std::shared_ptr<block>> layers_;
  nn::LayerNorm norm_{nullptr};
  nn::Linear fc_{nullptr};
};

config::key extent(const char* name, std::int64_t value, const char* sentence, double maximum) {
  return {.name = name, .default_value = value, .sentence = sentence, .minimum = 1, .maximum = maximum};
}

} // namespace

detail::model_kind transformer() {
  auto dropout = detail::dropout_key();
  dropout.sentence = "Probability with which what a layer adds is set to zero in training.";
  return {.variant = {.name = "transformer",
                      .sentence = "A small causal transformer for the next character or word.",
                      .keys = {extent("width", 64, "Width of the vectors between layers, a multiple of heads.", 1e5),
                               extent("layers", 2, "Layers of attention and feed-forward network.", 100),
                               extent("heads", 4, "Heads of attention in each layer.", 1000), dropout}},
          .build = [](const config::section& model, const detail::model_input& input,
                      const std::shared_ptr<detail::step_random>& random) -> result<std::shared_ptr<detail::network>> {
            if (model.integer("width") % model.integer("heads") != 0)
              return fail(error_kind::invalid_input,
                          "model.width = {} cannot be divided among model.heads = {}; choose a multiple of the heads",
                          model.integer("width"), model.integer("heads"));
            return std::make_shared<transformer_network>(input, model, detail::dropout(model.real("dropout"), random));
          },
          .takes = {detail::sample_kind::tokens}};
}

} // namespace rhizome::models::zoo
