#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "core/learning/inbox.hpp"
#include "core/learning/learner.hpp"
#include "core/learning/node_context.hpp"

namespace rhizome::learning {

/// A round view that the nodes have made among themselves, and the bytes of the messages that it cost this node.
struct made_view {
  round_number round = 0;
  round_view_ptr view;
  std::uint64_t bytes = 0;
};

/// The numbers, little-endian, as a fragment's payload.
[[nodiscard]] payload_ptr numbers_payload(std::span<const std::uint32_t> numbers);
/// The numbers of such a fragment; empty for an empty notice, and for bytes that are no whole numbers.
[[nodiscard]] std::vector<std::uint32_t> numbers_of(const fragment& f);

/// Where a node's neighbours of a round come from when no graph is given: from messages with other nodes. It is a part
/// of a gossip_learner, which hands it the fragments of all kinds but models, and takes the views from it.
///
/// The difficulty is that a node which waits for models has to know from whom, and nobody may guess by time. So each
/// protocol is made of steps in each of which a node knows who will write to it.
///
/// A message that no node of the protocol can have written counts as one that says nothing, as a whole.
class view_maker {
public:
  explicit view_maker(const node_context& context) : id_(context.id), run_(context.run) {}
  virtual ~view_maker() = default;

  /// The run has come so far that the round's view may be made (the run-ahead window). Each round once, in order.
  virtual void allow(round_number round, effects& out) = 0;
  virtual void take(fragment f, effects& out) = 0;

  /// The next view that is ready, in order of rounds.
  [[nodiscard]] std::optional<made_view> next();
  /// What the next view is waiting for; `nodes` may be empty.
  [[nodiscard]] virtual waiting waiting_for() const = 0;

  /// The node has begun this round: what came before it is over.
  virtual void passed(round_number /*begun*/) {}

  /// What the views of this round and all later ones follow from.
  virtual void save(round_number /*round*/, state& /*saved*/) const {}
  virtual void load(round_number /*round*/, const state& /*saved*/) {}

protected:
  [[nodiscard]] node_id id() const noexcept { return id_; }
  [[nodiscard]] const run_context& run() const noexcept { return *run_; }
  /// Whether there is such a node: what others write of ids is not to be believed unseen.
  [[nodiscard]] bool is_node(std::uint32_t number) const noexcept { return number < run_->nodes; }

  /// Sends numbers, of which no receivers get none; null: an empty notice. Their bytes count for the view of `view_of`,
  /// whenever they are sent, so that what a round costs does not depend on how far ahead its view is made.
  void tell(fragment_kind kind, round_number round, payload_ptr body, std::vector<node_id> receivers,
            round_number view_of, effects& out);
  /// The view is complete, and everything that it costs has been told.
  void finish(round_number round, round_view_ptr view);

  /// What the view of a round has cost so far.
  [[nodiscard]] std::uint64_t bytes_for(round_number round) const;
  void restore_bytes_for(round_number round, std::uint64_t bytes) { bytes_[round] = bytes; }

private:
  node_id id_;
  std::shared_ptr<const run_context> run_;
  std::map<round_number, std::uint64_t> bytes_;
  std::deque<made_view> ready_;
};

/// A kind of an algorithm's own.
[[nodiscard]] constexpr fragment_kind own_kind(std::uint16_t number) {
  return static_cast<fragment_kind>(static_cast<std::uint16_t>(fragment_kind::first_own) + number);
}

/// Makes views of neighbourhoods that are mutual: once both ends of each edge know of it, they tell each other their
/// degrees, and w_ij = 1 / (1 + max(d_i, d_j)) (Metropolis-Hastings), so that the average is kept.
class mutual_views : public view_maker {
public:
  using view_maker::view_maker;

  void take(fragment f, effects& out) override;
  [[nodiscard]] waiting waiting_for() const final;

protected:
  /// Numbers of a derived class's own kinds begin here.
  static constexpr std::uint16_t first_free = 1;

  /// The neighbours of a round, sorted; rounds come in order.
  void agree(round_number round, std::vector<node_id> neighbours, effects& out);
  /// The round's view is there, of these neighbours and weights.
  virtual void view_made(round_number round, const round_view_ptr& view) { finish(round, view); }

  /// A fragment has come, which is in box().
  virtual void advance(effects& out) = 0;
  [[nodiscard]] virtual waiting waiting_to_agree() const = 0;

  [[nodiscard]] inbox& box() noexcept { return box_; }
  [[nodiscard]] const inbox& box() const noexcept { return box_; }
  /// Those of whom there is no fragment of this kind.
  [[nodiscard]] std::vector<node_id> silent(round_number round, fragment_kind kind,
                                            const std::vector<node_id>& among) const;

private:
  static constexpr fragment_kind degree_kind = own_kind(0);
  void complete_views();

  inbox box_;
  std::deque<std::pair<round_number, std::vector<node_id>>> agreed_; ///< whose degrees are missing
};

} // namespace rhizome::learning
