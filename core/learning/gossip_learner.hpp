#pragma once

#include <map>
#include <memory>

#include "core/learning/inbox.hpp"
#include "core/learning/round_learner.hpp"

namespace rhizome::learning {

/// Adapt then combine, in rounds, on the graph that the round views describe:
///   x_i^{r+1/2} = x_i^r after the local steps,   x_i^{r+1} = rule(x_i^{r+1/2}, {x_j^{r+1/2}, w_ij : j in N_i^r}).
/// Waits for every in-neighbour of the round: its model, or the notice that it has none.
class gossip_learner final : public round_learner {
public:
  explicit gossip_learner(node_context context);

  [[nodiscard]] waiting waiting_for() const override;
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

  /// The next round's job, as soon as nothing is missing for it.
  void advance(effects& out);
  /// Whether every in-neighbour's fragment of this round is there. Counts first: on a dense graph each node is asked
  /// this for every fragment that it gets.
  [[nodiscard]] bool exchange_complete() const;
  /// In-neighbours of this round whose fragment is not there.
  [[nodiscard]] std::vector<node_id> missing() const;
  /// Adds x^{r+1} = rule(own, received) of the round r that is done, and forgets it.
  [[nodiscard]] slot combine(job_builder& job, round_number done);
  void start_round(effects& out);
  void share(std::vector<sharing::outgoing> outgoing, effects& out);
  /// Encodes and sends a resumed round's model once more.
  void share_again(effects& out);

  std::unique_ptr<sharing::strategy> strategy_;
  std::map<round_number, round_view_ptr> views_;
  inbox inbox_;
  std::map<round_number, std::size_t> arrived_; ///< fragments in the inbox, by round
  phase phase_ = phase::ready;
};

} // namespace rhizome::learning
