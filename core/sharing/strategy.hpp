#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/config/schema.hpp"
#include "core/learning/aggregation.hpp"
#include "core/learning/fragment.hpp"
#include "core/learning/job_builder.hpp"
#include "core/learning/learner.hpp"
#include "core/learning/round_view.hpp"
#include "core/result.hpp"
#include "core/sharing/codec.hpp"

namespace rhizome::learning {

/// Makes a payload of vectors. Runs on a trainer's thread; const and shared.
class encoder {
public:
  virtual ~encoder() = default;
  [[nodiscard]] virtual payload_ptr encode(std::span<const snapshot> in) const = 0;
};

/// Makes a vector of a payload; `own` completes what was not sent. Runs on a trainer's thread; const and shared.
/// bad_data: the payload does not stand for such a vector; the job then fails, for the sender is a node of the run.
class decoder {
public:
  virtual ~decoder() = default;
  [[nodiscard]] virtual result<void> decode(const payload& body, std::span<const float> own,
                                            std::span<float> out) const = 0;
};

/// A map of vectors to vectors of a size of their own, such as a wavelet transform or its inverse. Runs on a trainer's
/// thread; const and shared.
class transform {
public:
  virtual ~transform() = default;
  /// Of what it makes, in floats.
  [[nodiscard]] virtual std::size_t size() const noexcept = 0;
  /// out = T(in); they do not overlap.
  virtual void apply(std::span<const float> in, std::span<float> out) const = 0;
};

} // namespace rhizome::learning

namespace rhizome::sharing {

/// What a node's strategy is made of.
struct strategy_context {
  config::section parameters; ///< [sharing]
  codec_ptr codec;            ///< of [sharing.codec]
  node_id node = 0;
  std::uint64_t seed = 1;                ///< of the run
  std::vector<std::size_t> tensors = {}; ///< sizes of the model's tensors, in their order in the vector
};

/// One payload and who gets it.
struct outgoing {
  learning::payload_ptr body;
  std::vector<node_id> receivers;
};

/// A fragment of this round and the weight that its sender has here.
struct incoming {
  learning::fragment fragment;
  double weight = 0;
};

/// All that a node gets in a round from its in-neighbours.
struct closed_exchange {
  round_number round = 0;
  learning::round_view_ptr view;
  std::vector<learning::fragment> received; ///< in order of sender; without those that have nothing to share
  std::set<node_id> lost;                   ///< in-neighbours that take part in nothing more of this round
};

/// What of a model one node sends each round, and how it takes in what it receives. One object a node: it may keep
/// state, but touches vectors only through the steps that it adds to the node's jobs.
class strategy {
public:
  virtual ~strategy() = default;

  /// Adds steps that need x^r as it is before the local steps of round job.round(), in `model`. Not called when
  /// plan_send is asked once more after a resumption.
  virtual void plan_training(learning::job_builder&, learning::slot /*model*/) {}

  /// Adds the steps that encode the trained model in `model` for the neighbours in `view`, in round job.round(). After
  /// a resumption it is asked once more for the round that was sent before the state was saved, so a state that sending
  /// changes (a public copy, an error memory) takes the change up only in the next job, from the payload.
  virtual void plan_send(learning::job_builder& job, learning::slot model, const learning::round_view& view) = 0;

  /// What to send, after the job that plan_receive and plan_send added to is done: also the time to keep its outputs.
  /// Several entries where receivers get different things.
  [[nodiscard]] virtual std::vector<outgoing> sends(const learning::job_result& result,
                                                    const learning::round_view& view) = 0;

  /// Adds the steps that combine the node's own trained model in `own` with what it received (in order of sender id;
  /// senders with nothing to share are left out and their weight is in own_weight). Returns the register of x^{r+1}.
  /// The default decodes every payload and applies the aggregation rule.
  [[nodiscard]] virtual learning::slot plan_receive(learning::job_builder& job, learning::slot own, double own_weight,
                                                    std::vector<incoming> received,
                                                    const learning::aggregation_rule_ptr& rule);

  /// Whether nodes exchange messages of own kinds after the models of a round; if not, the next four do nothing.
  [[nodiscard]] virtual bool has_second_phase() const { return false; }
  /// Models of the round have come, or will never come: called once, before plan_receive, unless the node has no model
  /// itself. Returns what to send; own kinds of fragments begin at fragment_kind::first_own.
  [[nodiscard]] virtual std::vector<learning::send>
  close(closed_exchange) { // NOLINT(performance-unnecessary-value-param): others keep it
    return {};
  }
  /// A fragment of an own kind, of whatever round. Returns what to send.
  [[nodiscard]] virtual std::vector<learning::send> on_message(const learning::fragment&) { return {}; }
  /// The node is lost or comes back: what was asked of it will not be answered.
  virtual void on_peer_changed(node_id) {}
  /// Whose messages the round cannot end without, after close.
  [[nodiscard]] virtual std::vector<node_id> waiting_for() const { return {}; }

  /// Bytes that the node has caused beside fragments since it began, such as public keys that it has looked up.
  [[nodiscard]] virtual std::uint64_t other_bytes() const { return 0; }

  /// State for a checkpoint, under names that begin with "sharing.".
  virtual void save(learning::state&) const {}
  virtual void load(const learning::state&) {}

protected:
  /// Adds what makes a vector of one payload: by default the dense vector by reference.
  [[nodiscard]] virtual learning::slot decode(learning::job_builder& job, const learning::fragment& from,
                                              learning::slot own);
};

/// A strategy as the registry knows it. `make` gives each node its own.
struct strategy_kind {
  config::variant schema;
  std::unique_ptr<strategy> (*make)(const strategy_context&);
  /// Why it cannot go with a graph that changes, with lost nodes, or with nodes that have nothing to send; empty: it
  /// can.
  std::string keeps_copies = {};
  /// Vectors of the model's size that a node keeps for it between rounds; null: none.
  std::size_t (*state_vectors)(const config::section&) = nullptr;
  /// Whether round views must show all in-neighbours of each out-neighbour. A node with a single one has nothing that
  /// could be hidden from it then, and the run is refused.
  bool shows_receivers_neighbours = false;
  /// What else it cannot go with; null: nothing.
  std::vector<config::problem> (*check)(const config::document&) = nullptr;
  /// Whether what it sends is encoded by `sharing.codec.values`; null: yes.
  bool (*encodes_values)(const config::section&) = nullptr;
  /// What it does that makes shared running statistics (BatchNorm) wrong: "..., which ..." before their mention; empty:
  /// nothing.
  std::string spoils_statistics = {};
};

} // namespace rhizome::sharing
