#include <algorithm>
#include <utility>

#include "core/sharing/codecs/registry.hpp"
#include "core/sharing/partial.hpp"

namespace rhizome::sharing {

namespace {

/// The vector itself, by reference.
class dense_encoder final : public learning::encoder {
public:
  learning::payload_ptr encode(std::span<const learning::snapshot> in) const override {
    return learning::dense_payload(in.front());
  }
};

/// All values by a codec.
class values_codec final : public learning::encoder, public learning::decoder {
public:
  explicit values_codec(codec_ptr with) : codec_(std::move(with)) {}

  learning::payload_ptr encode(std::span<const learning::snapshot> in) const override {
    return learning::bytes_payload(codec_->encode_values(in.front()->values()));
  }
  result<void> decode(const learning::payload& body, std::span<const float>, std::span<float> out) const override {
    const auto values = codec_->decode_values(body.bytes, static_cast<std::uint32_t>(out.size()));
    if (!values)
      return fail(values);
    std::ranges::copy(*values, out.begin());
    return {};
  }

private:
  codec_ptr codec_;
};

class full_sharing final : public strategy {
public:
  explicit full_sharing(const codec_ptr& with) {
    const auto codec = std::make_shared<const values_codec>(with ? with : make_codec("raw", "raw"));
    decoder_ = codec;
    if (!with || sends_floats(*with))
      encoder_ = std::make_shared<const dense_encoder>();
    else
      encoder_ = codec;
  }

  void plan_send(learning::job_builder& job, learning::slot model, const learning::round_view& view) override {
    if (!view.out.empty())
      job.encode({model}, encoder_);
  }

  std::vector<outgoing> sends(const learning::job_result& result, const learning::round_view& view) override {
    return view.out.empty() ? std::vector<outgoing>() : to_all(view, result.payloads.at(0));
  }

protected:
  learning::slot decode(learning::job_builder& job, const learning::fragment& from, learning::slot own) override {
    if (from.body->values)
      return strategy::decode(job, from, own);
    const auto out = job.fresh();
    job.add(learning::decode_step{from.body, own, out, decoder_});
    return out;
  }

private:
  std::shared_ptr<const learning::encoder> encoder_;
  std::shared_ptr<const learning::decoder> decoder_; ///< of what is not a vector as it is
};

} // namespace

strategy_kind full() {
  return {{"full", "The whole model, to every neighbour, every round."},
          [](const strategy_context& context) -> std::unique_ptr<strategy> {
            return std::make_unique<full_sharing>(context.codec);
          }};
}

} // namespace rhizome::sharing
