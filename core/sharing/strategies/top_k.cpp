#include "core/sharing/strategies/top_k.hpp"

#include <algorithm>
#include <utility>

namespace rhizome::sharing {

namespace {

using learning::combine_step;
using learning::decode_step;
using learning::slot;
using learning::transform_step;

accumulation accumulation_of(const std::string& name) {
  return name == "plain" ? accumulation::plain : name == "whole" ? accumulation::whole : accumulation::none;
}

/// in: what is ranked, the model, and for a lower bound how often each place was sent.
class top_k_encoder final : public learning::encoder {
public:
  top_k_encoder(codec_ptr with, std::shared_ptr<const selection> how, double alpha, random_stream random,
                round_number rounds)
      : codec_(std::move(with)), selection_(std::move(how)), alpha_(alpha), random_(random), rounds_(rounds) {}

  learning::payload_ptr encode(std::span<const learning::snapshot> in) const override {
    const auto model = in[1]->values();
    const auto counts = in.size() > 2 ? in[2]->values() : std::span<const float>();
    return partial_payload(*codec_, model,
                           choose(*selection_, alpha_, {in[0]->values(), model, counts, rounds_}, random_));
  }

private:
  codec_ptr codec_;
  std::shared_ptr<const selection> selection_;
  double alpha_;
  random_stream random_;
  round_number rounds_;
};

class whole_encoder final : public learning::encoder {
public:
  explicit whole_encoder(codec_ptr with) : codec_(std::move(with)) {}

  learning::payload_ptr encode(std::span<const learning::snapshot> in) const override {
    return whole_payload(*codec_, in[0]->values());
  }

private:
  codec_ptr codec_;
};

} // namespace

alpha_function fixed_alpha(double alpha) {
  return [alpha](node_id, round_number) { return alpha; };
}

top_k_sharing::top_k_sharing(const strategy_context& context, alpha_function alpha, selection how, domain in)
    : alpha_(std::move(alpha)), codec_(context.codec), keep_(accumulation_of(context.parameters.text("accumulation"))),
      metadata_cap_(context.parameters.real("metadata_cap")), domain_(std::move(in)), seed_(context.seed),
      completing_(partial_decoder(context.codec, partial_use::complete)),
      clearing_(partial_decoder(context.codec, partial_use::clear)),
      counting_(partial_decoder(context.codec, partial_use::count)) {
  const auto& p = context.parameters;
  if (p.has("selection"))
    how.by = ranking_of(p.text("selection"));
  if (p.has("per_layer") && p.boolean("per_layer"))
    how.parts = context.tensors;
  how.width = domain_.width;
  selection_ = std::make_shared<const selection>(std::move(how));
}

slot top_k_sharing::transformed(learning::job_builder& job, slot model) const {
  const auto out = job.fresh();
  job.add(transform_step{out, model, domain_.forward});
  return out;
}

slot top_k_sharing::after_sending(learning::job_builder& job, const learning::snapshot& memory,
                                  const std::shared_ptr<const learning::decoder>& use) const {
  const auto before = job.input(memory);
  if (!sent_)
    return before;
  const auto after = job.fresh();
  job.add(decode_step{sent_, before, after, use});
  return after;
}

void top_k_sharing::plan_training(learning::job_builder& job, slot model) {
  if (selection_->lower_bound > 0)
    counts_slot_ = after_sending(job, counts_, counting_);
  if (selection_->by == ranking::magnitude)
    return;
  initial_slot_ = domain_.forward ? transformed(job, model) : job.copy(model);
  has_accumulated_ = false;
  if (keep_ == accumulation::plain && change_) {
    accumulated_slot_ = after_sending(job, change_, clearing_);
    has_accumulated_ = true;
  } else if (keep_ == accumulation::whole && initial_) {
    combine_step sum{0, {{initial_slot_, 1.0F}, {job.input(initial_), -1.0F}}};
    if (accumulated_)
      sum.terms.emplace_back(after_sending(job, accumulated_, clearing_), 1.0F);
    sum.out = accumulated_slot_ = job.fresh();
    job.add(std::move(sum));
    has_accumulated_ = true;
  }
}

slot top_k_sharing::plan_change(learning::job_builder& job, slot mine) {
  combine_step difference{0, {{mine, 1.0F}, {initial_slot_, -1.0F}}};
  if (has_accumulated_)
    difference.terms.emplace_back(accumulated_slot_, 1.0F);
  const auto change = difference.out = job.fresh();
  job.add(std::move(difference));
  if (keep_ == accumulation::whole) {
    initial_output_ = job.output(initial_slot_);
    if (has_accumulated_)
      accumulated_output_ = job.output(accumulated_slot_);
  }
  return change;
}

void top_k_sharing::plan_send(learning::job_builder& job, slot model, const learning::round_view& view) {
  const bool again = std::exchange(again_, false);
  change_output_ = initial_output_ = accumulated_output_ = counts_output_ = mine_output_ = nowhere;
  const slot mine = domain_.forward ? transformed(job, model) : model;
  slot change = mine;
  if (selection_->by != ranking::magnitude) {
    change = again ? job.input(change_) : plan_change(job, mine);
    change_output_ = job.output(change);
  }
  std::vector<slot> in{change, mine};
  if (selection_->lower_bound > 0) {
    in.push_back(again ? job.input(counts_) : counts_slot_);
    counts_output_ = job.output(in.back());
  }
  if (domain_.forward)
    mine_output_ = job.output(mine);
  if (view.out.empty())
    return;
  const auto alpha = alpha_(job.node(), job.round());
  if (alpha >= metadata_cap_)
    job.encode({mine}, std::make_shared<whole_encoder>(codec_));
  else
    job.encode(std::move(in), std::make_shared<top_k_encoder>(
                                  codec_, selection_, alpha,
                                  random_stream(seed_, purpose::sharing, job.node(), job.round()), job.round()));
}

std::vector<outgoing> top_k_sharing::sends(const learning::job_result& result, const learning::round_view& view) {
  const auto keep = [&](learning::snapshot& kept, std::size_t output) {
    if (output != nowhere)
      kept = result.outputs.at(output);
  };
  keep(change_, change_output_);
  keep(initial_, initial_output_);
  keep(accumulated_, accumulated_output_);
  keep(counts_, counts_output_);
  keep(mine_, mine_output_);
  sent_ = view.out.empty() ? nullptr : result.payloads.at(0);
  return to_all(view, sent_);
}

slot top_k_sharing::plan_receive(learning::job_builder& job, slot own, double own_weight,
                                 std::vector<incoming> received, const learning::aggregation_rule_ptr& rule) {
  if (!domain_.forward)
    return strategy::plan_receive(job, own, own_weight, std::move(received), rule);
  const slot mine = job.input(std::exchange(mine_, nullptr));
  if (received.empty()) // everybody is silent: nothing to average
    return own;
  const slot mixed = strategy::plan_receive(job, mine, own_weight, std::move(received), rule);
  const slot out = job.fresh();
  job.add(transform_step{out, mixed, domain_.inverse});
  return out;
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
  to.arrays["sharing.counts"] = counts_;
}

void top_k_sharing::load(const learning::state& from) {
  change_ = from.arrays.at("sharing.change");
  initial_ = from.arrays.at("sharing.initial");
  accumulated_ = from.arrays.at("sharing.accumulated");
  counts_ = from.arrays.at("sharing.counts");
  again_ = true;
}

std::vector<config::key> memory_keys() {
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
           .exclusive_minimum = true}};
}

config::key selection_key(std::vector<std::string> rankings) {
  std::string sentence = "What is sent: where the model has changed most (\"change\"), or where it is greatest "
                         "(\"magnitude\")";
  if (std::ranges::find(rankings, "relative-change") != rankings.end())
    sentence += ", or where it has changed most in proportion to its magnitude (\"relative-change\")";
  return {.name = "selection",
          .default_value = std::string("change"),
          .sentence = sentence + ".",
          .choices = std::move(rankings)};
}

std::vector<config::key> top_k_keys() {
  auto keys = memory_keys();
  keys.push_back({.name = "per_layer",
                  .default_value = false,
                  .sentence = "Whether the share is taken of each tensor of the model, and not of the model as a "
                              "whole."});
  keys.push_back(selection_key({"change", "magnitude", "relative-change"}));
  return keys;
}

std::size_t top_k_state(const config::section& parameters) {
  if (parameters.has("selection") && ranking_of(parameters.text("selection")) == ranking::magnitude)
    return 0;
  return accumulation_of(parameters.text("accumulation")) == accumulation::whole ? 3 : 1;
}

strategy_kind top_k() {
  auto keys = top_k_keys();
  keys.insert(keys.begin(), alpha_key(0.1));
  return {{"top-k", "The model's values where it has changed most, with their places.", std::move(keys)},
          [](const strategy_context& context) -> std::unique_ptr<strategy> {
            return std::make_unique<top_k_sharing>(context, fixed_alpha(context.parameters.real("alpha")));
          },
          {},
          top_k_state};
}

} // namespace rhizome::sharing
