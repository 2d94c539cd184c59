#pragma once

#include <memory>
#include <set>
#include <vector>

#include "actors/experiment_actor.hpp"
#include "actors/host_actor.hpp"
#include "actors/metric_logger_actor.hpp"
#include "actors/run_spec.hpp"
#include "actors/topology_manager_actor.hpp"
#include "core/network/placement.hpp"

namespace rhizome::actors {

struct topology_manager_options {
  experiment_actor experiment;
  metric_logger_actor logger;
  view_source views;
  round_number rounds = 0;
  std::uint32_t run_ahead = 2;
  std::shared_ptr<const network::placement> placement;
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
  struct host {
    host_actor handle; ///< empty: it has not joined, or is lost
    round_number reached = 0;
    bool has_nodes = false;
  };

  void add(const host_joined& message);
  void remove(host_id lost);
  void freeze();
  /// Moves the window up to the slowest host.
  void move_on();
  void hand_out();
  /// Draws the graph of the next round, ahead of need; false: it cannot be drawn, and the run has been told.
  bool draw_next();
  void tell_if_at_rest();
  /// Tells every host, the logger and the experiment.
  void announce(const nodes_changed& change);
  /// For each node of a host that comes back a live node elsewhere that gives it its model: a neighbour in the next
  /// round where it has one.
  [[nodiscard]] std::vector<node_id> find_donors(host_id back) const;

  self_pointer<handle> self_;
  topology_manager_options options_;
  std::vector<host> hosts_;
  std::set<node_id> absent_;
  round_number slowest_ = 0;                    ///< rounds that every node has trained and shared
  round_number next_ = 0;                       ///< the first round whose views are not out
  std::vector<learning::round_view_ptr> drawn_; ///< of round next_; empty: not drawn
  bool begun_ = false;
  bool frozen_ = false;
};

[[nodiscard]] topology_manager_actor spawn_topology_manager(caf::actor_system& system, threading where,
                                                            topology_manager_options options);

} // namespace rhizome::actors
