#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "core/sharing/secure/masking.hpp"
#include "core/sharing/secure/shamir.hpp"

namespace rhizome::sharing::secure {

// A sender that is lost, or has nothing to send, leaves the masks in the sum that the others have put on for it. Each
// of the others has sent along shares of the keys of these masks, in boxes that the receiver cannot open. It sends the
// boxes back to their holders and says who is missing, and they answer with the shares of these keys and no others.
//
//   question    4          senders: their number
//               4 each     their ids, ascending
//               1 each     whether its model has come
//               a box each of those whose model has come, in order
//   answer      32 each    shares, for every sender whose model has come and in it for every missing one, in order;
//                          empty: the question was refused

/// The receiver's side, for one sum: opens the keys of masks that are left over.
class recovery {
public:
  /// `received`: the models that have come, in order of senders; what comes later does not count any more. `lost`: who
  /// will not answer.
  recovery(group g, std::vector<learning::fragment> received, const std::set<node_id>& lost);

  /// What to ask whom.
  [[nodiscard]] std::vector<std::pair<node_id, learning::payload_ptr>> questions() const;
  void take(node_id holder, const learning::payload& answer);
  /// No answer will come from that node.
  void lose(node_id holder);

  /// Whose answers are awaited: nobody's when the keys are open, or never will be.
  [[nodiscard]] const std::set<node_id>& waiting_for() const noexcept { return waiting_; }
  /// Whether the sum can be read: of the payloads, without these masks.
  [[nodiscard]] bool readable() const noexcept { return readable_; }
  [[nodiscard]] const std::vector<learning::payload_ptr>& payloads() const noexcept { return payloads_; }
  [[nodiscard]] const std::vector<left_over>& masks() const noexcept { return masks_; }
  /// Whether the model of that sender is in the sum.
  [[nodiscard]] bool counts(node_id sender) const;
  [[nodiscard]] const group& senders() const noexcept { return group_; }

private:
  [[nodiscard]] tail_view tail_of(std::size_t arrived) const;
  /// Opens the keys if there are enough shares of each.
  void try_to_open();

  group group_;
  std::vector<std::size_t> arrived_; ///< places among the senders
  std::vector<std::size_t> missing_;
  std::vector<learning::payload_ptr> payloads_; ///< of those that have arrived
  std::vector<std::vector<share>> shares_;      ///< of each pair of an arrived and a missing one
  std::vector<left_over> masks_;
  std::set<node_id> waiting_;
  bool readable_ = false;
};

/// The holder's side: opens shares for the nodes that it sends to. For each it answers once a round, and never so that
/// fewer than two models are left in the sum.
class share_holder {
public:
  explicit share_holder(std::shared_ptr<const key_ring> keys) : keys_(std::move(keys)) {}

  /// The answer; empty if the question is refused.
  [[nodiscard]] learning::payload_ptr answer(sum_id sum, const learning::payload& question);

private:
  std::shared_ptr<const key_ring> keys_;
  std::map<node_id, round_number> answered_; ///< the last round, by receiver
};

} // namespace rhizome::sharing::secure
