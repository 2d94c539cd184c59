#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "actors/host_actor.hpp"
#include "actors/job_queue_actor.hpp"
#include "actors/node_actor.hpp"
#include "actors/routes.hpp"
#include "core/learning/learner.hpp"

namespace rhizome::actors {

/// What all nodes of a process share.
struct node_surroundings {
  host_actor host;
  job_queue_actor jobs;
  routes_ptr where;
  /// Makes a node's learner, which starts from a model in a round.
  std::function<std::shared_ptr<learning::learner>(node_id, const start_node&)> make_learner;
};

/// The state of a node_actor: turns messages into its learner's events, and effects into messages.
class node_state {
public:
  using handle = node_actor;
  static inline const char* name = "node";

  explicit node_state(self_pointer<handle> self) : self_(self) {}
  void prepare(node_id id, std::shared_ptr<const node_surroundings> surroundings) {
    id_ = id;
    surroundings_ = std::move(surroundings);
  }
  node_actor::behavior_type make_behavior();

private:
  void start(const start_node& message);
  /// Hands the event to the learner; before it has started, keeps the event.
  void handle_event(learning::event e);
  void answer_model_requests();

  void carry_out(learning::compute& c);
  void carry_out(learning::send& s);
  void carry_out(learning::need_round& n);
  void carry_out(learning::set_timer& t);
  void carry_out(learning::report& r);
  void carry_out(learning::diverged& d);
  void carry_out(learning::finished& f);

  self_pointer<handle> self_;
  node_id id_ = 0;
  std::shared_ptr<const node_surroundings> surroundings_;
  std::shared_ptr<learning::learner> learner_; ///< null until start_node
  std::vector<learning::event> early_;         ///< events from before that: other hosts may start sooner
  std::vector<promise<node_model>> model_requests_;
  bool has_model_ = true;
  std::chrono::steady_clock::time_point start_;
};

[[nodiscard]] node_actor spawn_node(caf::actor_system& system, node_id id,
                                    std::shared_ptr<const node_surroundings> surroundings);

} // namespace rhizome::actors
