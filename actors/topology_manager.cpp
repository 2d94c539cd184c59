#include "actors/topology_manager.hpp"

#include <utility>

namespace rhizome::actors {

topology_manager_actor spawn_topology_manager(caf::actor_system& system, threading where,
                                              topology_manager_options options) {
  return spawn_actor<topology_manager_state>(system, where,
                                             [options](topology_manager_state& state) { state.prepare(options); });
}

topology_manager_actor::behavior_type topology_manager_state::make_behavior() {
  // The nodes begin at the same moment as this actor and may be faster.
  reached_.assign(options_.nodes->size(), 0);
  nodes_at_[0] = static_cast<std::uint32_t>(reached_.size());
  return {
      [this](const begin_run&) { begin_rounds(); },
      [this](const round_reached& message) { reached(message); },
      [this](const freeze_rounds&) { freeze(); },
      [this](const stop_actor&) { self_->quit(); },
  };
}

void topology_manager_state::begin_rounds() {
  begun_ = true;
  hand_out();
}

void topology_manager_state::reached(const round_reached& message) {
  auto& round = reached_.at(message.node);
  --nodes_at_[round];
  round = message.round;
  ++nodes_at_[round];
  while (slowest_ < options_.rounds && nodes_at_[slowest_] == 0) {
    nodes_at_.erase(slowest_);
    self_->send(options_.experiment, rounds_passed{++slowest_});
  }
  hand_out();
}

void topology_manager_state::hand_out() {
  while (begun_ && !frozen_ && next_ < options_.rounds && next_ < slowest_ + options_.run_ahead) {
    if (!draw_next())
      return;
    for (std::size_t i = 0; i < drawn_.size(); ++i)
      self_->send((*options_.nodes)[i], deliver_view{next_, std::move(drawn_[i])});
    drawn_.clear();
    ++next_;
  }
  draw_next();
  tell_if_at_rest();
}

bool topology_manager_state::draw_next() {
  if (frozen_ || !drawn_.empty() || next_ >= options_.rounds)
    return true;
  auto views = options_.views(next_);
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

} // namespace rhizome::actors
