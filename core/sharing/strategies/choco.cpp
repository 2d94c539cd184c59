#include <algorithm>
#include <optional>
#include <utility>

#include "core/sharing/compressor.hpp"
#include "core/sharing/partial.hpp"

namespace rhizome::sharing {

namespace {

using learning::combine_step;
using learning::decode_step;
using learning::slot;

/// q_i = C(x_i - h_i), h_i += q_i, p_i += sum_j w_ij (q_j - q_i), x_i += gamma p_i: algorithm 2 of Koloskova, Stich and
/// Jaggi, "Decentralized stochastic optimization and gossip algorithms with compressed communication", 2019, with two
/// vectors whatever the degree. p_i = sum_j w_ij (h_j - h_i) goes to 0 with consensus, and its rounding errors with it,
/// where the sum of the h_j alone would keep them. h and p begin at 0. What is kept is of before the last q: the next
/// job takes it up.
class choco_sharing final : public strategy {
public:
  choco_sharing(compressor_ptr with, float step_size) : compressor_(std::move(with)), step_size_(step_size) {}

  void plan_send(learning::job_builder& job, slot model, const learning::round_view& view) override {
    if (view.out.empty())
      return;
    const slot copy = copy_slot_ ? *std::exchange(copy_slot_, {}) : job.input(copy_);
    const slot difference = job.fresh();
    job.add(combine_step{difference, {{model, 1.0F}, {copy, -1.0F}}});
    job.encode({difference}, compressing_encoder(compressor_, job.node(), job.round()));
  }

  std::vector<outgoing> sends(const learning::job_result& result, const learning::round_view& view) override {
    if (copy_output_ != nowhere) {
      copy_ = result.outputs.at(std::exchange(copy_output_, nowhere));
      pull_ = result.outputs.at(pull_output_);
    }
    if (view.out.empty())
      return {};
    sent_ = result.payloads.at(0);
    return to_all(view, sent_);
  }

  slot plan_receive(learning::job_builder& job, slot own, double, std::vector<incoming> received,
                    const learning::aggregation_rule_ptr&) override {
    if (!sent_ || received.empty()) // a directed graph, or everybody is silent: nothing to mix
      return own;
    const compressed_term own_term{sent_, job.node(), 1};
    const auto round = received.front().fragment.round;
    std::vector<compressed_term> terms{own_term};
    float others = 0;
    for (auto& [fragment, weight] : received) {
      terms.push_back({fragment.body, fragment.sender, static_cast<float>(weight)});
      others += terms.back().weight;
    }
    terms.front().weight = -others;
    const slot copy = job.fresh();
    const slot pull = job.fresh();
    const slot out = job.fresh();
    job.add(decode_step{sent_, job.input(copy_), copy, summing_decoder(compressor_, round, {own_term})});
    job.add(decode_step{sent_, job.input(pull_), pull, summing_decoder(compressor_, round, std::move(terms))});
    job.add(combine_step{out, {{own, 1.0F}, {pull, step_size_}}});
    copy_slot_ = copy;
    copy_output_ = job.output(copy);
    pull_output_ = job.output(pull);
    return out;
  }

  void save(learning::state& to) const override {
    to.arrays["sharing.copy"] = copy_;
    to.arrays["sharing.pull"] = pull_;
  }
  void load(const learning::state& from) override {
    copy_ = from.arrays.at("sharing.copy");
    pull_ = from.arrays.at("sharing.pull");
  }

private:
  static constexpr std::size_t nowhere = ~std::size_t{0};

  compressor_ptr compressor_;
  float step_size_;
  learning::snapshot copy_;    ///< h_i, public; null: 0
  learning::snapshot pull_;    ///< p_i; null: 0
  learning::payload_ptr sent_; ///< the last q_i
  std::optional<slot> copy_slot_;
  std::size_t copy_output_ = nowhere;
  std::size_t pull_output_ = nowhere;
};

compressor_ptr compressor_of(const strategy_context& context) {
  const auto& p = context.parameters;
  const auto& name = p.text("compressor");
  if (name == "top-k")
    return top_k_compressor(context.codec, p.real("alpha"));
  if (name == "random-k")
    return random_k_compressor(context.codec, p.real("alpha"), context.seed);
  if (name == "sign")
    return sign_compressor();
  return qsgd_compressor(static_cast<unsigned>(p.integer("bits")) - 1, context.seed, true);
}

} // namespace

strategy_kind choco() {
  auto alpha = alpha_key(0.1);
  alpha.sentence = "The share of the entries that \"top-k\" and \"random-k\" send; at least one is sent.";
  return {.schema = {"choco",
                     "CHOCO-SGD: compressed differences to public copies, which neighbours keep.",
                     {{.name = "step_size",
                       .default_value = 0.3,
                       .sentence = "The step towards the neighbours' copies; the coarser the compressor the smaller.",
                       .minimum = 0,
                       .maximum = 1,
                       .exclusive_minimum = true},
                      {.name = "compressor",
                       .default_value = std::string("top-k"),
                       .sentence = "\"top-k\" sends the greatest differences, \"random-k\" those that a shared seed "
                                   "draws, \"sign\" one bit of each, \"qsgd\" a few bits of each.",
                       .choices = {"top-k", "random-k", "sign", "qsgd"}},
                      std::move(alpha),
                      {.name = "bits",
                       .default_value = std::int64_t{4},
                       .sentence = "Bits of an entry, its sign among them, for \"qsgd\".",
                       .unit = "bits",
                       .minimum = 2,
                       .maximum = 16}}},
          .make = [](const strategy_context& context) -> std::unique_ptr<strategy> {
            return std::make_unique<choco_sharing>(compressor_of(context),
                                                   static_cast<float>(context.parameters.real("step_size")));
          },
          .keeps_copies =
              "nodes keep copies of their neighbours' models, which one message that is missing makes wrong "
              "for good",
          .state_vectors = [](const config::section&) -> std::size_t { return 2; },
          .encodes_values = [](const config::section& keys) { return keys.text("compressor").ends_with("-k"); },
          .spoils_statistics = "steps beyond the mean of models, which may make variances negative among"};
}

} // namespace rhizome::sharing
