#include <algorithm>
#include <utility>

#include "core/sharing/codecs/registry.hpp"
#include "core/sharing/compressor.hpp"
#include "core/sharing/partial.hpp"

namespace rhizome::sharing {

namespace {

class quantizing_decoder final : public learning::decoder {
public:
  quantizing_decoder(compressor_ptr with, node_id sender, round_number round)
      : compressor_(std::move(with)), sender_(sender), round_(round) {}

  result<void> decode(const learning::payload& body, std::span<const float>, std::span<float> out) const override {
    std::ranges::fill(out, 0.0F);
    return compressor_->add(body.bytes, sender_, round_, 1, out);
  }

private:
  compressor_ptr compressor_;
  node_id sender_;
  round_number round_;
};

class quantized_sharing final : public strategy {
public:
  explicit quantized_sharing(compressor_ptr with) : compressor_(std::move(with)) {}

  void plan_send(learning::job_builder& job, learning::slot model, const learning::round_view& view) override {
    if (!view.out.empty())
      job.encode({model}, compressing_encoder(compressor_, job.node(), job.round()));
  }
  std::vector<outgoing> sends(const learning::job_result& result, const learning::round_view& view) override {
    return view.out.empty() ? std::vector<outgoing>() : to_all(view, result.payloads.at(0));
  }

protected:
  learning::slot decode(learning::job_builder& job, const learning::fragment& from, learning::slot own) override {
    const auto out = job.fresh();
    job.add(learning::decode_step{from.body, own, out,
                                  std::make_shared<quantizing_decoder>(compressor_, from.sender, from.round)});
    return out;
  }

private:
  compressor_ptr compressor_;
};

compressor_ptr compressor_of(const strategy_context& context) {
  const auto& method = context.parameters.text("method");
  const auto bits = static_cast<unsigned>(context.parameters.integer("bits"));
  if (method == "uniform")
    return uniform_compressor(bits);
  if (method == "qsgd")
    return qsgd_compressor(bits - 1, context.seed, false);
  return value_compressor(make_codec("raw", method));
}

} // namespace

strategy_kind quantization() {
  return {.schema = {"quantization",
                     "The whole model in fewer bits.",
                     {{.name = "method",
                       .default_value = std::string("uniform"),
                       .sentence =
                           "\"uniform\" rounds to the nearest of evenly spaced values up to the largest one; \"qsgd\" "
                           "rounds at random, so that the mean is right; \"fp16\" and \"bf16\" are floats of 16 bits.",
                       .choices = {"uniform", "qsgd", "fp16", "bf16"}},
                      {.name = "bits",
                       .default_value = std::int64_t{8},
                       .sentence = "Bits of an entry, its sign among them, for \"uniform\" and \"qsgd\".",
                       .unit = "bits",
                       .minimum = 2,
                       .maximum = 16}}},
          .make = [](const strategy_context& context) -> std::unique_ptr<strategy> {
            return std::make_unique<quantized_sharing>(compressor_of(context));
          },
          .encodes_values = [](const config::section&) { return false; }};
}

} // namespace rhizome::sharing
