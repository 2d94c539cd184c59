#include "core/sharing/strategies/top_k.hpp"

#include <utility>

namespace rhizome::sharing {

namespace {

using learning::combine_step;
using learning::decode_step;
using learning::slot;

accumulation accumulation_of(const std::string& name) {
  return name == "plain" ? accumulation::plain : name == "whole" ? accumulation::whole : accumulation::none;
}

/// in: what is ranked, the model.
class top_k_encoder final : public learning::encoder {
public:
  top_k_encoder(codec_ptr with, double alpha, bool all, std::vector<std::size_t> parts)
      : codec_(std::move(with)), alpha_(alpha), all_(all), parts_(std::move(parts)) {}

  learning::payload_ptr encode(std::span<const learning::snapshot> in) const override {
    const auto ranked = in[0]->values();
    const auto model = in[1]->values();
    if (all_)
      return whole_payload(*codec_, model);
    const auto places =
        parts_.empty() ? find_largest(ranked, count_for(alpha_, ranked.size())) : find_largest(ranked, alpha_, parts_);
    return partial_payload(*codec_, model, places);
  }

private:
  codec_ptr codec_;
  double alpha_;
  bool all_;
  std::vector<std::size_t> parts_;
};

} // namespace

top_k_sharing::top_k_sharing(const strategy_context& context, alpha_function alpha)
    : alpha_(std::move(alpha)), codec_(context.codec), keep_(accumulation_of(context.parameters.text("accumulation"))),
      metadata_cap_(context.parameters.real("metadata_cap")),
      parts_(context.parameters.boolean("per_layer") ? context.tensors : std::vector<std::size_t>()),
      completing_(partial_decoder(context.codec, partial_use::complete)),
      clearing_(partial_decoder(context.codec, partial_use::clear)) {}

void top_k_sharing::plan_training(learning::job_builder& job, slot model) {
  initial_slot_ = job.copy(model);
  has_accumulated_ = false;
  // What is left of the last round's memory where entries were sent.
  const auto& memory = keep_ == accumulation::whole ? accumulated_ : change_;
  const auto cleared = [&]() -> slot {
    const auto before = job.input(memory);
    if (!sent_)
      return before;
    const auto after = job.fresh();
    job.add(decode_step{sent_, before, after, clearing_});
    return after;
  };
  if (keep_ == accumulation::plain && change_) {
    accumulated_slot_ = cleared();
    has_accumulated_ = true;
  } else if (keep_ == accumulation::whole && initial_) {
    combine_step sum{0, {{model, 1.0F}, {job.input(initial_), -1.0F}}};
    if (accumulated_)
      sum.terms.emplace_back(cleared(), 1.0F);
    sum.out = accumulated_slot_ = job.fresh();
    job.add(std::move(sum));
    has_accumulated_ = true;
  }
}

void top_k_sharing::plan_send(learning::job_builder& job, slot model, const learning::round_view& view) {
  slot change = 0;
  initial_output_ = accumulated_output_ = nowhere;
  if (std::exchange(again_, false)) {
    change = job.input(change_);
  } else {
    combine_step difference{0, {{model, 1.0F}, {initial_slot_, -1.0F}}};
    if (has_accumulated_)
      difference.terms.emplace_back(accumulated_slot_, 1.0F);
    difference.out = change = job.fresh();
    job.add(std::move(difference));
    if (keep_ == accumulation::whole) {
      initial_output_ = job.output(initial_slot_);
      if (has_accumulated_)
        accumulated_output_ = job.output(accumulated_slot_);
    }
  }
  if (!view.out.empty()) {
    const auto alpha = alpha_(job.node(), job.round());
    job.encode({change, model}, std::make_shared<top_k_encoder>(codec_, alpha, alpha >= metadata_cap_, parts_));
  }
  change_output_ = job.output(change);
}

std::vector<outgoing> top_k_sharing::sends(const learning::job_result& result, const learning::round_view& view) {
  change_ = result.outputs.at(change_output_);
  if (initial_output_ != nowhere)
    initial_ = result.outputs.at(initial_output_);
  if (accumulated_output_ != nowhere)
    accumulated_ = result.outputs.at(accumulated_output_);
  sent_ = view.out.empty() ? nullptr : result.payloads.at(0);
  return to_all(view, sent_);
}

slot top_k_sharing::decode(learning::job_builder& job, const learning::fragment& from, slot own) {
  const auto out = job.fresh();
  job.add(decode_step{from.body, own, out, completing_});
  return out;
}

void top_k_sharing::save(learning::state& to) const {
  to.arrays["sharing.change"] = change_;
  to.arrays["sharing.initial"] = initial_;
  to.arrays["sharing.accumulated"] = accumulated_;
}

void top_k_sharing::load(const learning::state& from) {
  change_ = from.arrays.at("sharing.change");
  initial_ = from.arrays.at("sharing.initial");
  accumulated_ = from.arrays.at("sharing.accumulated");
  again_ = true;
}

std::vector<config::key> top_k_keys() {
  return {{.name = "accumulation",
           .default_value = std::string("none"),
           .sentence = "What becomes of changes that were not sent: \"none\" forgets them; \"plain\" adds them to the "
                       "next round's until their entry is sent; \"whole\" adds all that a round has changed, by "
                       "training and by averaging.",
           .choices = {"none", "plain", "whole"}},
          {.name = "metadata_cap",
           .default_value = 1.0,
           .sentence = "From this share on the whole model is sent, without places.",
           .minimum = 0,
           .maximum = 1,
           .exclusive_minimum = true},
          {.name = "per_layer",
           .default_value = false,
           .sentence = "Whether the share is taken of each tensor of the model, and not of the model as a whole."}};
}

std::size_t top_k_state(const config::section& parameters) {
  return accumulation_of(parameters.text("accumulation")) == accumulation::whole ? 3 : 1;
}

strategy_kind top_k() {
  auto keys = top_k_keys();
  keys.insert(keys.begin(), alpha_key(0.1));
  return {{"top-k", "The model's values where it has changed most, with their places.", std::move(keys)},
          [](const strategy_context& context) -> std::unique_ptr<strategy> {
            return std::make_unique<top_k_sharing>(
                context, [alpha = context.parameters.real("alpha")](node_id, round_number) { return alpha; });
          },
          {},
          top_k_state};
}

} // namespace rhizome::sharing
