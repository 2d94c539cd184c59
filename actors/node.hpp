#pragma once

#include <memory>
#include <vector>

#include "actors/host_actor.hpp"
#include "actors/job_queue_actor.hpp"
#include "actors/node_actor.hpp"
#include "actors/topology_manager_actor.hpp"
#include "core/learning/learner.hpp"

namespace rhizome::actors {

/// What all nodes of a process share.
struct node_surroundings {
  host_actor host;
  job_queue_actor jobs;
  topology_manager_actor topology;
  /// id -> handle; filled while the nodes are spawned, read-only from start_node on.
  std::shared_ptr<const std::vector<node_actor>> nodes;
};

/// The state of a node_actor: turns messages into its learner's events, and effects into messages.
class node_state {
public:
  using handle = node_actor;
  static inline const char* name = "node";

  explicit node_state(self_pointer<handle> self) : self_(self) {}
  void prepare(node_id id, std::shared_ptr<learning::learner> learner,
               std::shared_ptr<const node_surroundings> surroundings) {
    id_ = id;
    learner_ = std::move(learner);
    surroundings_ = std::move(surroundings);
  }
  node_actor::behavior_type make_behavior();

private:
  void handle_event(learning::event e);
  void carry_out(learning::compute& c);
  void carry_out(learning::send& s);
  void carry_out(learning::need_round& n);
  void carry_out(learning::set_timer& t);
  void carry_out(learning::report& r);
  void carry_out(learning::diverged& d);
  void carry_out(learning::finished& f);

  self_pointer<handle> self_;
  node_id id_ = 0;
  std::shared_ptr<learning::learner> learner_;
  std::shared_ptr<const node_surroundings> surroundings_;
  std::chrono::steady_clock::time_point start_;
};

[[nodiscard]] node_actor spawn_node(caf::actor_system& system, node_id id, std::shared_ptr<learning::learner> learner,
                                    std::shared_ptr<const node_surroundings> surroundings);

} // namespace rhizome::actors
