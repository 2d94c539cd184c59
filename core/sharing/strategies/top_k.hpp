#pragma once

#include <functional>
#include <vector>

#include "core/sharing/partial.hpp"

namespace rhizome::sharing {

/// What becomes of changes that were not sent.
enum class accumulation : std::uint8_t {
  none,  ///< forgotten
  plain, ///< they are added to the next round's, until their entry is sent
  whole, ///< so is all that a round has changed, by training and by averaging, of entries that were sent as well
};

/// The share of a node's entries in a round.
using alpha_function = std::function<double(node_id, round_number)>;

/// The model's values where it has changed most, in the local steps of this round and in what is accumulated. A
/// receiver takes its own values for those that it did not get. (3.3 of the inventory of DecentralizePy: Dhasade et
/// al., EuroMLSys 2023; sparsification with memory: Stich, Cordonnier and Jaggi, 2018.)
class top_k_sharing final : public strategy {
public:
  top_k_sharing(const strategy_context& context, alpha_function alpha);

  void plan_training(learning::job_builder& job, learning::slot model) override;
  void plan_send(learning::job_builder& job, learning::slot model, const learning::round_view& view) override;
  [[nodiscard]] std::vector<outgoing> sends(const learning::job_result& result,
                                            const learning::round_view& view) override;
  void save(learning::state& to) const override;
  void load(const learning::state& from) override;

protected:
  [[nodiscard]] learning::slot decode(learning::job_builder& job, const learning::fragment& from,
                                      learning::slot own) override;

private:
  static constexpr std::size_t nowhere = ~std::size_t{0};

  alpha_function alpha_;
  codec_ptr codec_;
  accumulation keep_;
  double metadata_cap_;
  std::vector<std::size_t> parts_; ///< sizes of what is ranked apart; empty: the whole vector at once
  std::shared_ptr<const learning::decoder> completing_;
  std::shared_ptr<const learning::decoder> clearing_;

  // Of the last round that was sent:
  learning::snapshot change_;      ///< what was ranked
  learning::snapshot initial_;     ///< whole: the model before the local steps
  learning::snapshot accumulated_; ///< whole: what was accumulated before
  learning::payload_ptr sent_;     ///< null: nothing
  bool again_ = false;             ///< load() was called: change_ is of the round that is sent once more

  // Of the job that is being built:
  learning::slot initial_slot_ = 0;
  learning::slot accumulated_slot_ = 0;
  bool has_accumulated_ = false;
  std::size_t change_output_ = nowhere;
  std::size_t initial_output_ = nowhere;
  std::size_t accumulated_output_ = nowhere;
};

/// Keys that all kinds of top_k_sharing have beside their share.
[[nodiscard]] std::vector<config::key> top_k_keys();
/// strategy_kind::state_vectors of all kinds.
[[nodiscard]] std::size_t top_k_state(const config::section& parameters);

} // namespace rhizome::sharing
