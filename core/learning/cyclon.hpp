#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "core/learning/view_maker.hpp"
#include "core/random.hpp"

namespace rhizome::learning {

/// Whom a node knows before anything was exchanged: those `offsets` ahead of it in the ring of ids, where 1 is always
/// among the offsets, so that all are connected. Everybody can tell who knows whom.
[[nodiscard]] std::vector<std::uint32_t> first_overlay(const run_context& run, std::uint32_t most, std::uint32_t count);

struct cyclon_options {
  std::uint32_t degree = 3;         ///< neighbours that a node chooses each round
  std::uint32_t view_size = 8;      ///< peers that it knows
  std::uint32_t shuffle_length = 4; ///< entries that a shuffle swaps at most
};

/// Peer sampling by shuffles (Voulgaris, Gavidia and van Steen, "CYCLON", 2005), in steps that need no guess by time.
/// A node knows `view_size` peers, each with an age, and also its holders: those who know it.
///
/// Round r: each node chooses `degree` of its peers as neighbours and tells all its peers yes or no; those who say yes
/// and those who are told so are neighbours of each other. Then half of the nodes, drawn from the seed, each write to
/// their oldest peer of the other half, which swaps entries with those who wrote to it, in order of id: first the
/// writer's entry of itself for the writer's entry of the answering node (the edge turns round), then other entries one
/// for one. An entry is swapped only if the other side has not got it, so that a view keeps its size and the overlay
/// stays connected; it moves at most once a round. Last, each node tells those that it knew whether it still knows them
/// or who does now, so that they know their holders of round r + 1.
class cyclon_views final : public mutual_views {
public:
  cyclon_views(const node_context& context, const cyclon_options& options);

  void allow(round_number round, effects& out) override;
  void passed(round_number begun) override;
  void save(round_number round, state& saved) const override;
  void load(round_number round, const state& saved) override;

  /// The peers that it knows, sorted.
  [[nodiscard]] std::vector<node_id> peers() const;

private:
  struct entry {
    node_id peer = 0;
    std::uint32_t age = 0; ///< rounds since the peer sent the entry out
  };
  struct greeting {
    bool agrees = false;             ///< to be a neighbour
    bool asks = false;               ///< for a shuffle
    std::vector<entry> offered = {}; ///< of its view
    std::set<node_id> theirs = {};   ///< what it knows beside this node
  };
  /// What a round begins with.
  struct overlay {
    std::vector<entry> view;      ///< sorted by peer
    std::vector<node_id> holders; ///< sorted
    std::uint64_t bytes = 0;      ///< that it has cost
  };
  enum class step : std::uint8_t { resting, greeting, shuffling, settling, over };

  void advance(effects& out) override;
  [[nodiscard]] bool advance_once(effects& out);
  [[nodiscard]] waiting waiting_to_agree() const override;

  [[nodiscard]] bool is_active(node_id node) const;
  [[nodiscard]] bool is_last() const { return round_ + 1 == run().rounds; }
  [[nodiscard]] std::vector<entry> other_peers(node_id than);
  /// Says to each peer whether it is a neighbour, and to the partner what is offered.
  void greet(effects& out);
  /// All holders have greeted: the neighbours are known, and those who want to shuffle are answered.
  void meet(effects& out);
  /// What a greeting says; "no" if it is malformed, as a request is that comes to a node that asks itself.
  [[nodiscard]] greeting read_greeting(node_id from, std::span<const std::uint32_t> numbers) const;
  void answer(node_id from, const greeting& request, effects& out);
  /// Whether the swaps are of peers that are known for others that are not.
  [[nodiscard]] bool can_take(std::span<const std::uint32_t> swaps) const;
  void take_answer();
  void replace(node_id peer, entry by);
  /// Tells those who were known at the round's start who knows them now.
  void settle(effects& out);
  void learn_holders();

  cyclon_options options_;
  overlay now_;
  std::map<round_number, overlay> begun_with_; ///< of the rounds that the node has not passed
  round_number round_ = 0;
  round_number allowed_ = 0; ///< the first round that may not begin
  step step_ = step::resting;

  // of the round
  std::optional<random_stream> random_;
  std::vector<node_id> chosen_;
  std::optional<node_id> partner_;
  std::map<node_id, node_id> moved_; ///< of each peer known no more: who knows it; itself where its edge turned round
};

} // namespace rhizome::learning
