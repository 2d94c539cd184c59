#pragma once

#include <map>
#include <memory>
#include <vector>

#include "actors/experiment_actor.hpp"
#include "actors/node_actor.hpp"
#include "actors/run_spec.hpp"
#include "actors/topology_manager_actor.hpp"

namespace rhizome::actors {

struct topology_manager_options {
  experiment_actor experiment;
  view_source views;
  round_number rounds = 0;
  std::uint32_t run_ahead = 2;
  /// id -> handle, complete before begin_run.
  std::shared_ptr<const std::vector<node_actor>> nodes;
};

/// The state of a topology_manager_actor. The view of round r goes out when every node has reached round
/// r - run_ahead: that bounds how many rounds of fragments a node can hold.
class topology_manager_state {
public:
  using handle = topology_manager_actor;
  static inline const char* name = "topology_manager";

  explicit topology_manager_state(self_pointer<handle> self) : self_(self) {}
  void prepare(topology_manager_options options) { options_ = std::move(options); }
  topology_manager_actor::behavior_type make_behavior();

private:
  void begin_rounds();
  void reached(const round_reached& message);
  void freeze();
  void hand_out();
  /// Draws the graph of the next round, ahead of need; false: it cannot be drawn, and the run has been told.
  bool draw_next();
  void tell_if_at_rest();

  self_pointer<handle> self_;
  topology_manager_options options_;
  std::vector<round_number> reached_;              ///< [nodes] the round that each has reached
  std::map<round_number, std::uint32_t> nodes_at_; ///< how many nodes have reached exactly that round
  round_number slowest_ = 0;
  round_number next_ = 0;                       ///< the first round whose views are not out
  std::vector<learning::round_view_ptr> drawn_; ///< of round next_; empty: not drawn
  bool begun_ = false;
  bool frozen_ = false;
};

[[nodiscard]] topology_manager_actor spawn_topology_manager(caf::actor_system& system, threading where,
                                                            topology_manager_options options);

} // namespace rhizome::actors
