#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/learning/registry.hpp"
#include "core/sharing/secure/recovery.hpp"
#include "core/sharing/strategy.hpp"

namespace rhizome::sharing {

namespace {

using learning::fragment;
using learning::fragment_kind;
using learning::slot;

constexpr auto question = fragment_kind::first_own;
constexpr auto answer = static_cast<fragment_kind>(static_cast<std::uint16_t>(fragment_kind::first_own) + 1);

constexpr std::size_t public_key_bytes = 32;

secure::fixed_point format_of(const config::section& keys) {
  return {keys.text("modulus") == "2^32" ? 32U : 64U, static_cast<unsigned>(keys.integer("fraction_bits")),
          keys.real("range")};
}

/// Secure aggregation (Bonawitz et al., "Practical secure aggregation for privacy-preserving machine learning", 2017)
/// for gossip: each receiver's senders mask what they send it, so that only the weighted sum can be read, as in Biswas
/// et al., "Secure aggregation meets sparsification in decentralized learning", 2024. The keys of a sum are hashes of
/// what each pair of nodes has in common, which takes the place of an exchange of keys in each round.
class secure_aggregation_sharing final : public strategy {
public:
  explicit secure_aggregation_sharing(const strategy_context& context)
      : node_(context.node), format_(format_of(context.parameters)), threshold_(context.parameters.real("threshold")),
        keys_(std::make_shared<const secure::key_ring>(context.node,
                                                       secure::simulated_secret(context.seed, context.node),
                                                       secure::simulated_directory(context.seed))),
        holder_(keys_) {}

  void plan_send(learning::job_builder& job, slot model, const learning::round_view& view) override {
    sent_round_ = job.round();
    for (std::size_t i = 0; i < view.out.size(); ++i) {
      const auto& senders = view.in_neighbours_of_out.at(i);
      if (senders.size() < 2)
        continue;
      for (const node_id peer : senders)
        if (peer != node_)
          looked_up_.try_emplace(peer, job.round());
      job.encode({model}, secure::masking_encoder(format_, view.out[i].weight,
                                                  group_of({view.out[i].id, job.round()}, senders), keys_));
    }
  }

  std::vector<outgoing> sends(const learning::job_result& result, const learning::round_view& view) override {
    std::vector<outgoing> all;
    std::size_t next = 0;
    for (std::size_t i = 0; i < view.out.size(); ++i) {
      // The sum of one sender would be its model: such a receiver gets nothing.
      const bool alone = view.in_neighbours_of_out.at(i).size() < 2;
      all.push_back({alone ? nullptr : result.payloads.at(next++), {view.out[i].id}});
    }
    return all;
  }

  [[nodiscard]] bool has_second_phase() const override { return true; }

  std::vector<learning::send> close(closed_exchange exchange) override {
    std::vector<node_id> senders;
    for (const auto& neighbour : exchange.view->in)
      senders.push_back(neighbour.id);
    sum_.emplace(group_of({node_, exchange.round}, senders), std::move(exchange.received), exchange.lost);
    std::vector<learning::send> all;
    for (auto& [holder, body] : sum_->questions())
      all.push_back({fragment{node_, exchange.round, question, false, std::move(body)}, {holder}});
    return all;
  }

  std::vector<learning::send> on_message(const fragment& message) override {
    if (!message.body)
      return {};
    if (message.kind == question)
      return {{fragment{node_, message.round, answer, false,
                        holder_.answer({message.sender, message.round}, *message.body)},
               {message.sender}}};
    if (message.kind == answer && sum_ && sum_->senders().sum.round == message.round)
      sum_->take(message.sender, *message.body);
    return {};
  }

  void on_peer_changed(node_id peer) override {
    if (sum_)
      sum_->lose(peer);
  }

  [[nodiscard]] std::vector<node_id> waiting_for() const override {
    if (!sum_)
      return {};
    return {sum_->waiting_for().begin(), sum_->waiting_for().end()};
  }

  slot plan_receive(learning::job_builder& job, slot own, double own_weight, std::vector<incoming> received,
                    const learning::aggregation_rule_ptr&) override {
    const auto sum = std::exchange(sum_, std::nullopt);
    if (!sum || !sum->readable() || sum->payloads().empty())
      return own; // all weight goes to it
    for (const auto& [fragment, weight] : received)
      if (!sum->counts(fragment.sender)) // it came when its masks had been asked for
        own_weight += weight;
    const slot out = job.fresh();
    job.add(learning::decode_step{
        sum->payloads().front(), own, out,
        secure::summing_decoder(format_, own_weight, sum->senders().tail_size(), sum->payloads(), sum->masks())});
    return out;
  }

  [[nodiscard]] std::uint64_t other_bytes() const override { return looked_up_.size() * public_key_bytes; }

  void save(learning::state& to) const override {
    for (const auto& [peer, round] : looked_up_)
      if (round < sent_round_) // what belongs to the last round is done again
        to.counters[fmt::format("sharing.key.{}", peer)] = round;
  }
  void load(const learning::state& from) override {
    constexpr std::string_view prefix = "sharing.key.";
    for (const auto& [name, round] : from.counters)
      if (name.starts_with(prefix))
        looked_up_[static_cast<node_id>(std::stoul(name.substr(prefix.size())))] = static_cast<round_number>(round);
  }

private:
  [[nodiscard]] secure::group group_of(secure::sum_id sum, std::vector<node_id> senders) const {
    return {sum, std::move(senders), threshold_};
  }

  node_id node_;
  secure::fixed_point format_;
  double threshold_;
  std::shared_ptr<const secure::key_ring> keys_;
  secure::share_holder holder_;
  std::optional<secure::recovery> sum_;       ///< of the round that is exchanged, once all is there that will come
  std::map<node_id, round_number> looked_up_; ///< whose public keys were needed, and since when
  round_number sent_round_ = 0;
};

std::vector<config::problem> check(const config::document& document) {
  std::vector<config::problem> problems;
  const auto& keys = document["sharing"];
  const auto format = format_of(keys);
  if (!format.fits())
    problems.push_back(
        {"sharing.range",
         fmt::format("sums of entries up to {:g} with {} fraction_bits do not fit a modulus of {}: expected "
                     "{} x range x 2^fraction_bits up to 2^{}; choose fewer fraction_bits, a smaller "
                     "range or the modulus \"2^64\"",
                     format.range, format.fraction_bits, keys.text("modulus"), secure::fixed_point::most_weight,
                     format.bits - 1)});
  const auto& algorithm = learning::find_algorithm(document["algorithm"].text("name"));
  if (algorithm.uses_sharing && algorithm.uses(document["algorithm"]) != learning::graph_use::topology)
    problems.push_back(
        {"algorithm.name", fmt::format("sharing \"secure-aggregation\" masks by the graph of [topology], which shows a "
                                       "node the neighbours of its neighbours, and \"{}\" does not use it; choose "
                                       "\"d-psgd\", \"el-oracle\", \"peer-sampling\" with algorithm.sampler = "
                                       "\"central\", or sharing \"full\"",
                                       algorithm.schema.name)});
  if (document["aggregation"].text("rule") != "weighted-mean")
    problems.push_back({"aggregation.rule", "sharing \"secure-aggregation\" shows a node nothing but the weighted sum: "
                                            "choose \"weighted-mean\", or sharing \"full\" for a rule that compares "
                                            "models"});
  if (document["model"].text("buffers") == "averaged")
    problems.push_back({"model.buffers", "sharing \"secure-aggregation\" would send \"averaged\" running statistics "
                                         "without masks; choose \"shared\" or \"local\""});
  return problems;
}

} // namespace

strategy_kind secure_aggregation() {
  return {
      .schema = {"secure-aggregation",
                 "The whole model under masks that cancel in the receiver's sum: it reads the sum, and no model. The "
                 "nodes' keys are drawn from experiment.seed, so that a run can be repeated; who knows the seed "
                 "knows the masks.",
                 {{.name = "fraction_bits",
                   .default_value = std::int64_t{32},
                   .sentence = "Binary places of an entry times its weight: it is rounded to a multiple of 2^-"
                               "fraction_bits.",
                   .unit = "bits",
                   .minimum = 8,
                   .maximum = 48},
                  {.name = "range",
                   .default_value = 65536.0,
                   .sentence = "The largest magnitude that an entry may have; a larger one ends the run.",
                   .minimum = 0,
                   .exclusive_minimum = true},
                  {.name = "modulus",
                   .default_value = std::string("2^64"),
                   .sentence = "What sums are computed modulo of: an entry takes 8 bytes with \"2^64\" and 4 with "
                               "\"2^32\".",
                   .choices = {"2^64", "2^32"}},
                  {.name = "threshold",
                   .default_value = 0.5,
                   .sentence = "The share of a receiver's other senders, at least two, who must help to take the "
                               "masks of a lost one off the sum; with fewer the receiver keeps its own model.",
                   .minimum = 0,
                   .maximum = 1,
                   .exclusive_minimum = true}}},
      .make = [](const strategy_context& context) -> std::unique_ptr<strategy> {
        return std::make_unique<secure_aggregation_sharing>(context);
      },
      .shows_receivers_neighbours = true,
      .check = check,
      .encodes_values = [](const config::section&) { return false; }};
}

} // namespace rhizome::sharing
