#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "actors/averager.hpp"
#include "actors/connector_actor.hpp"
#include "actors/experiment_actor.hpp"
#include "actors/host_actor.hpp"
#include "actors/host_gauges.hpp"
#include "actors/job_queue.hpp"
#include "actors/link.hpp"
#include "actors/metric_logger_actor.hpp"
#include "actors/node.hpp"
#include "actors/run_spec.hpp"
#include "actors/topology_manager_actor.hpp"

namespace rhizome::actors {

struct host_options {
  run_spec_ptr spec;
  std::string run; ///< its name and a random number: links are made within a run only
  host_id index = 0;
  std::vector<std::string> hosts; ///< [hosts] names
  std::shared_ptr<const network::placement> placement;
  experiment_actor experiment;
  metric_logger_actor logger;
  topology_manager_actor topology;
  connector_actor connector;           ///< empty where there is one host
  bool rejoining = false;              ///< the run is under way: the nodes start when nodes_changed says so
  std::shared_ptr<host_gauges> gauges; ///< for so many hosts
  /// Lent hosts: called in order when the run is over here, with the reason. Null on the starting machine.
  std::function<void(std::string)> gone;
};

/// The state of a host_actor.
class host_state {
public:
  using handle = host_actor;
  static inline const char* name = "host";

  explicit host_state(self_pointer<handle> self) : self_(self) {}
  void prepare(host_options options) { options_ = std::move(options); }
  host_actor::behavior_type make_behavior();

private:
  using clock = std::chrono::steady_clock;

  void spawn_parts();
  void spawn_links(const std::shared_ptr<routes>& where);
  void spawn_nodes(const std::shared_ptr<routes>& where);

  // -- links: host_links.cpp
  void meet(const meet_hosts& message);
  /// That host is not there: no link to it is wanted.
  void part_from(host_id peer);
  void call(const host_address& address);
  link_answer accept(const link_offer& offer);
  void lose_link(const link_down& message);
  void tell_if_ready();
  void change_nodes(const nodes_changed& change);
  /// This host's nodes begin in the middle of the run, with the models of others.
  void take_part_again(const nodes_changed& change);
  void ask_donor(node_id node, node_id donor);
  /// Those that were asked for models are lost.
  void ask_others_than(host_id lost);
  void take(const donation& message);
  void give_model(node_id to, node_id donor);

  void begin_rounds();
  /// Reserves what the models of a round will take, before the first one: its jobs get it from the system, and no later
  /// round has to.
  void make_room(const std::vector<node_view>& views);
  [[nodiscard]] learning::snapshot initial_model(node_id id) const;
  void reach(const round_reached& message);
  void take(const node_report& message);
  void take(const node_diverged& message);
  void take(const node_finished& message);
  /// Sends batches to the logger as far as there is credit, or all of them.
  void send_batches(bool regardless_of_credit);
  void ask_nodes();
  /// What the trainers and the links have done so far.
  void tell_progress();
  void stop(const std::string& reason);
  [[nodiscard]] std::span<const node_id> placed() const { return options_.placement->nodes_of(options_.index); }

  self_pointer<handle> self_;
  host_options options_;
  trainer_clock_ptr clock_;
  std::shared_ptr<learning::vector_pool> pool_;
  job_queue_actor jobs_;
  averager_actor averager_;
  routes_ptr where_;
  clock::time_point begun_;

  bool modules_ready_ = false;
  bool room_made_ = false;
  bool met_ = false;
  bool ready_told_ = false;
  std::uint32_t meeting_ = 0;         ///< the last one
  std::set<host_id> links_missing_;   ///< links that were asked for and do not work yet
  std::vector<bool> linked_;          ///< [hosts] the link works
  std::vector<bool> wanted_;          ///< [hosts] the link should work: its loss is told
  std::vector<bool> lost_;            ///< [hosts] its nodes take no part
  std::map<node_id, node_id> donors_; ///< nodes that wait for their first model -> who was asked
  round_number first_round_ = 0;

  std::vector<round_number> node_reached_;                    ///< [placed] the round that each has reached
  std::map<round_number, std::uint32_t> nodes_at_;            ///< how many nodes have reached exactly that round
  std::map<std::uint32_t, std::vector<node_report>> open_;    ///< rounds done -> reports so far
  std::map<std::uint32_t, std::vector<node_report>> batches_; ///< complete, not sent
  std::uint32_t credit_ = 8;
  std::vector<std::pair<node_id, std::uint64_t>> hashes_; ///< of nodes that have finished
  std::size_t answers_missing_ = 0;
  std::vector<node_status> answers_;
};

[[nodiscard]] host_actor spawn_host(caf::actor_system& system, host_options options);

/// One sentence that names who waits for whom; for at most a few nodes, and how many there are.
[[nodiscard]] std::string describe_stall(std::vector<node_status> nodes);

} // namespace rhizome::actors
