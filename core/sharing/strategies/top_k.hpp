#pragma once

#include <functional>
#include <vector>

#include "core/sharing/domains/domain.hpp"
#include "core/sharing/partial.hpp"
#include "core/sharing/selection.hpp"

namespace rhizome::sharing {

/// What becomes of changes that were not sent.
enum class accumulation : std::uint8_t {
  none,  ///< forgotten
  plain, ///< they are added to the next round's, until their entry is sent
  whole, ///< so is all that a round has changed, by training and by averaging, of entries that were sent as well
};

/// The share of a node's entries in a round.
using alpha_function = std::function<double(node_id, round_number)>;
[[nodiscard]] alpha_function fixed_alpha(double alpha);
/// One of them, each with equal probability, drawn by (seed, node, round).
[[nodiscard]] alpha_function drawn_alpha(std::vector<double> alphas, std::uint64_t seed);
/// The key "alphas".
[[nodiscard]] config::key alphas_key(std::vector<double> default_value, const char* sentence);

/// The model's values where it has changed most, in the local steps of this round and in what is accumulated. A
/// receiver takes its own values for those that it did not get. (3.3 of the inventory of DecentralizePy: Dhasade et
/// al., EuroMLSys 2023; sparsification with memory: Stich, Cordonnier and Jaggi, 2018.)
///
/// All of it may happen in another basis: the model is transformed before and after its local steps, the memory stays
/// transformed, and for the transform is linear the received models are averaged there and transformed back once.
class top_k_sharing final : public strategy {
public:
  top_k_sharing(const strategy_context& context, alpha_function alpha, selection how = {}, domain in = {});

  void plan_training(learning::job_builder& job, learning::slot model) override;
  void plan_send(learning::job_builder& job, learning::slot model, const learning::round_view& view) override;
  [[nodiscard]] std::vector<outgoing> sends(const learning::job_result& result,
                                            const learning::round_view& view) override;
  [[nodiscard]] learning::slot plan_receive(learning::job_builder& job, learning::slot own, double own_weight,
                                            std::vector<incoming> received,
                                            const learning::aggregation_rule_ptr& rule) override;
  void save(learning::state& to) const override;
  void load(const learning::state& from) override;

protected:
  [[nodiscard]] learning::slot decode(learning::job_builder& job, const learning::fragment& from,
                                      learning::slot own) override;

private:
  static constexpr std::size_t nowhere = ~std::size_t{0};

  [[nodiscard]] learning::slot transformed(learning::job_builder& job, learning::slot model) const;
  /// What is left of `memory`, which is of before the last payload.
  [[nodiscard]] learning::slot after_sending(learning::job_builder& job, const learning::snapshot& memory,
                                             const std::shared_ptr<const learning::decoder>& use) const;
  /// Adds what is ranked; `mine` is the transformed model.
  [[nodiscard]] learning::slot plan_change(learning::job_builder& job, learning::slot mine);

  alpha_function alpha_;
  codec_ptr codec_;
  accumulation keep_;
  double metadata_cap_;
  std::shared_ptr<const selection> selection_;
  domain domain_;
  std::uint64_t seed_;
  std::shared_ptr<const learning::decoder> completing_;
  std::shared_ptr<const learning::decoder> clearing_;
  std::shared_ptr<const learning::decoder> counting_;

  // Of the last round that was sent:
  learning::snapshot change_;      ///< what was ranked
  learning::snapshot initial_;     ///< whole: the model before the local steps
  learning::snapshot accumulated_; ///< whole: what was accumulated before
  learning::snapshot counts_;      ///< for a lower bound: how often each entry was sent before
  learning::snapshot mine_;        ///< in another basis: the model that was sent
  learning::payload_ptr sent_;     ///< null: nothing
  bool again_ = false;             ///< load() was called: change_ is of the round that is sent once more

  // Of the job that is being built:
  learning::slot initial_slot_ = 0;
  learning::slot accumulated_slot_ = 0;
  learning::slot counts_slot_ = 0;
  bool has_accumulated_ = false;
  std::size_t change_output_ = nowhere;
  std::size_t initial_output_ = nowhere;
  std::size_t accumulated_output_ = nowhere;
  std::size_t counts_output_ = nowhere;
  std::size_t mine_output_ = nowhere;
};

/// "accumulation" and "metadata_cap": keys that all kinds of top_k_sharing have beside their share.
[[nodiscard]] std::vector<config::key> memory_keys();
/// "selection" among some rankings.
[[nodiscard]] config::key selection_key(std::vector<std::string> rankings);
/// All keys of those kinds that rank the model's own entries and nothing else.
[[nodiscard]] std::vector<config::key> top_k_keys();
/// strategy_kind::state_vectors of those kinds. In another basis there is one vector more, the transformed model.
[[nodiscard]] std::size_t top_k_state(const config::section& parameters);

} // namespace rhizome::sharing
