#include "actors/topology_manager.hpp"

#include <algorithm>
#include <utility>

namespace rhizome::actors {

topology_manager_actor spawn_topology_manager(caf::actor_system& system, threading where,
                                              topology_manager_options options) {
  return spawn_actor<topology_manager_state>(system, where,
                                             [options](topology_manager_state& state) { state.prepare(options); });
}

topology_manager_actor::behavior_type topology_manager_state::make_behavior() {
  const auto& placement = *options_.placement;
  hosts_.resize(placement.hosts());
  for (host_id i = 0; i < hosts_.size(); ++i)
    hosts_[i].has_nodes = !placement.nodes_of(i).empty();
  return {
      [this](const host_joined& message) { add(message); },
      [this](const host_lost& message) { remove(message.host); },
      [this](const begin_run&) {
        begun_ = true;
        hand_out();
      },
      [this](const host_reached& message) {
        auto& reached = hosts_.at(message.host).reached;
        reached = std::max(reached, message.round);
        move_on();
      },
      [this](const freeze_rounds&) { freeze(); },
      [this](const stop_actor&) { self_->quit(); },
  };
}

void topology_manager_state::add(const host_joined& message) {
  auto& joining = hosts_.at(message.host);
  joining.handle = caf::actor_cast<host_actor>(message.handle);
  joining.reached = next_;
  if (!begun_ || next_ >= options_.rounds) // before the start, or with nothing left to take part in
    return;
  const auto nodes = options_.placement->nodes_of(message.host);
  for (const node_id node : nodes)
    absent_.erase(node);
  drawn_.clear(); // the graph of the next round has them again
  if (!draw_next())
    return;
  announce({message.host, {nodes.begin(), nodes.end()}, true, next_, find_donors(message.host)});
  hand_out();
}

void topology_manager_state::remove(host_id lost) {
  hosts_.at(lost).handle = nullptr;
  const auto nodes = options_.placement->nodes_of(lost);
  for (const node_id node : nodes)
    absent_.insert(node);
  drawn_.clear();
  announce({lost, {nodes.begin(), nodes.end()}, false, next_, {}});
  move_on();
}

void topology_manager_state::move_on() {
  if (std::ranges::none_of(hosts_, [](const auto& h) { return h.handle && h.has_nodes; }))
    return; // the experiment ends the run
  auto slowest = options_.rounds;
  for (const auto& h : hosts_)
    if (h.handle && h.has_nodes)
      slowest = std::min(slowest, h.reached);
  while (slowest_ < slowest)
    self_->send(options_.experiment, rounds_passed{++slowest_});
  hand_out();
}

void topology_manager_state::hand_out() {
  while (begun_ && !frozen_ && next_ < options_.rounds && next_ < slowest_ + options_.run_ahead) {
    if (!draw_next())
      return;
    for (host_id i = 0; i < hosts_.size(); ++i) {
      if (!hosts_[i].handle)
        continue;
      deliver_views message{next_, {}};
      for (const node_id node : options_.placement->nodes_of(i))
        message.views.push_back({node, std::move(drawn_[node])});
      if (!message.views.empty())
        self_->send(hosts_[i].handle, std::move(message));
    }
    drawn_.clear();
    ++next_;
  }
  draw_next();
  tell_if_at_rest();
}

bool topology_manager_state::draw_next() {
  if (frozen_ || !drawn_.empty() || next_ >= options_.rounds)
    return true;
  auto views = options_.views(next_, absent_);
  if (!views) {
    frozen_ = true;
    self_->send(options_.experiment, run_failed{views.error().message});
    return false;
  }
  drawn_ = std::move(*views);
  return true;
}

void topology_manager_state::freeze() {
  frozen_ = true;
  tell_if_at_rest();
}

void topology_manager_state::tell_if_at_rest() {
  // With every view handed out the nodes do not come to rest: they finish.
  if (frozen_ && slowest_ == next_ && next_ < options_.rounds)
    self_->send(options_.experiment, rounds_at_rest{next_ == 0 ? 0 : next_ - 1});
}

void topology_manager_state::announce(const nodes_changed& change) {
  for (const auto& h : hosts_)
    if (h.handle)
      self_->send(h.handle, change);
  self_->send(options_.logger, change);
  self_->send(options_.experiment, change);
}

std::vector<node_id> topology_manager_state::find_donors(host_id back) const {
  const auto can_give = [&](node_id node) {
    return !absent_.contains(node) && options_.placement->host_of(node) != back;
  };
  node_id any = 0;
  while (any < options_.placement->nodes() && !can_give(any))
    ++any;
  std::vector<node_id> donors;
  for (const node_id node : options_.placement->nodes_of(back)) {
    node_id donor = any;
    if (!drawn_.empty())
      if (const auto& in = drawn_[node]->in; !in.empty())
        if (const auto found = std::ranges::find_if(in, [&](const auto& n) { return can_give(n.id); });
            found != in.end())
          donor = found->id;
    donors.push_back(donor);
  }
  return donors;
}

} // namespace rhizome::actors
