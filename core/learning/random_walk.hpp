#pragma once

#include <map>
#include <optional>
#include <vector>

#include "core/learning/view_maker.hpp"
#include "core/random.hpp"

namespace rhizome::learning {

struct random_walk_options {
  std::uint32_t degree = 3;      ///< walks that a node sends out each round
  std::uint32_t view_size = 8;   ///< neighbours in the overlay that walks go along
  std::uint32_t walk_length = 8; ///< hops
};

/// Peer sampling by random walks (Gkantsidis, Mihail and Saberi, "Random walks in peer-to-peer networks", 2004). The
/// overlay is a ring of ids with random chords, the same for all nodes and all rounds, so it is regular and a long walk
/// ends at each node equally likely. Each round a node sends out `degree` walks. A walk stays where it is or goes on to
/// a neighbour, each as likely as the other; in each hop every node writes to all its overlay neighbours, if only that
/// no walk comes to them, so nobody waits for what does not come. A node and where its walk ends are neighbours of each
/// other; the end tells the beginning, which waits until all its walks are told of.
class random_walk_views final : public mutual_views {
public:
  random_walk_views(const node_context& context, const random_walk_options& options);

  void allow(round_number round, effects& out) override;
  void take(fragment f, effects& out) override;
  void load(round_number round, const state& saved) override;

private:
  enum class step : std::uint8_t { resting, walking, ended };

  void advance(effects& out) override;
  [[nodiscard]] bool advance_once(effects& out);
  [[nodiscard]] waiting waiting_to_agree() const override;
  [[nodiscard]] fragment_kind hop_kind() const;
  /// Sends each walk that is here a hop on.
  void hop(effects& out);
  /// Gathers the walks that have come.
  void arrive();
  void tell_beginnings(effects& out);
  /// Where the own walks have ended, as far as it is known.
  [[nodiscard]] std::uint32_t ends_known() const;

  random_walk_options options_;
  std::vector<node_id> overlay_; ///< sorted
  round_number round_ = 0;
  round_number allowed_ = 0; ///< the first round that may not begin
  step step_ = step::resting;

  // of the round
  std::optional<random_stream> random_;
  std::uint32_t hop_ = 0;
  std::vector<node_id> walks_;                                    ///< where those began that are here, sorted
  std::map<round_number, std::map<node_id, std::uint32_t>> ends_; ///< how many own walks have ended where
};

} // namespace rhizome::learning
