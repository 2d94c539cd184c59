#pragma once

#include <map>
#include <memory>

#include "core/learning/inbox.hpp"
#include "core/learning/round_learner.hpp"
#include "core/learning/view_maker.hpp"

namespace rhizome::learning {

/// Adapt then combine, in rounds, on the graph that the round views describe:
///   x_i^{r+1/2} = x_i^r after the local steps,   x_i^{r+1} = rule(x_i^{r+1/2}, {x_j^{r+1/2}, w_ij : j in N_i^r}).
/// Waits for every in-neighbour of the round: its model, or the notice that it has none. Of a neighbour that is lost it
/// takes what has arrived; where nothing has, the neighbour's weight goes to the own model, as with a notice. Then the
/// sharing strategy may exchange messages of its own before the round ends.
///
/// With a view maker the nodes make the views themselves; those that come from outside only tell how far they may.
class gossip_learner final : public round_learner {
public:
  explicit gossip_learner(node_context context, std::unique_ptr<view_maker> maker = nullptr);

  [[nodiscard]] waiting waiting_for() const override;
  [[nodiscard]] snapshot model_at_rest() const override;
  [[nodiscard]] state save() const override;
  void load(const state& saved) override;

private:
  enum class phase : std::uint8_t {
    ready,      ///< nothing was done in this round: its view is missing
    training,   ///< a job runs
    exchanging, ///< the round is trained and shared: neighbours' models are missing, or the next view
    done,
  };

  void on_start(effects& out) override;
  void on_view(round_number round_of_view, round_view_ptr view, effects& out) override;
  void on_fragment(fragment f, effects& out) override;
  void on_computed(token job, job_result result, effects& out) override;
  void on_peer_changed(const peer_changed& change, effects& out) override;

  /// The next round's job, as soon as nothing is missing for it.
  void advance(effects& out);
  /// Whether the node is lost, or not yet back, in this round.
  [[nodiscard]] bool is_absent(node_id node) const;
  /// Whether this round cannot end without a fragment of the node.
  [[nodiscard]] bool is_missing(node_id node) const;
  /// All such nodes.
  [[nodiscard]] std::vector<node_id> missing() const;
  /// Sets missing_ where round, view or absences have changed.
  void count_missing();
  /// Adds x^{r+1} = rule(own, received) of the round r that is done, and forgets it.
  [[nodiscard]] slot combine(job_builder& job, round_number done);
  void start_round(effects& out);
  /// Keeps the view of a round that has not passed.
  void add_view(round_number round_of_view, round_view_ptr view);
  /// Those that the view maker has ready.
  void add_made_views();
  /// What is missing for the view of a round that this node cannot begin.
  [[nodiscard]] waiting waiting_for_view(round_number round_of_view) const;
  void share(std::vector<sharing::outgoing> outgoing, effects& out);
  /// Tells a strategy with a second phase, once a round, that no more models will come.
  void close_exchange(effects& out);
  void send_all(std::vector<send> messages, effects& out);
  /// Encodes and sends a resumed round's model once more.
  void share_again(effects& out);

  std::unique_ptr<sharing::strategy> strategy_;
  std::unique_ptr<view_maker> maker_; ///< null: the views come from outside
  std::map<round_number, round_view_ptr> views_;
  std::map<round_number, std::uint64_t> view_bytes_; ///< what making the views of these rounds has cost
  inbox inbox_;
  std::map<node_id, round_number> back_from_; ///< of each absent node: the first round in which it takes part again
  /// How many nodes are missing. A count, for on a dense graph it is asked for every fragment; it says nothing while
  /// the round's view is not there.
  std::size_t missing_ = 0;
  phase phase_ = phase::ready;
  bool closed_ = false;           ///< the strategy knows that no more models of this round will come
  std::uint64_t other_bytes_ = 0; ///< of the strategy, as counted so far
};

} // namespace rhizome::learning
