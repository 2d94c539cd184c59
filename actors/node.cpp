#include "actors/node.hpp"

#include <utility>

namespace rhizome::actors {

node_actor spawn_node(caf::actor_system& system, node_id id, std::shared_ptr<learning::learner> learner,
                      std::shared_ptr<const node_surroundings> surroundings) {
  return spawn_actor<node_state>(system, threading::scheduled,
                                 [=](node_state& state) { state.prepare(id, learner, surroundings); });
}

node_actor::behavior_type node_state::make_behavior() {
  return {
      [this](const start_node&) {
        start_ = std::chrono::steady_clock::now();
        handle_event(learning::started{});
      },
      [this](const deliver_view& m) {
        handle_event(learning::view_arrived{m.round, m.view});
      },
      [this](const deliver_fragment& m) { handle_event(learning::fragment_arrived{m.fragment}); },
      [this](const job_done& m) {
        if (m.result)
          handle_event(learning::computed{m.token, std::move(*m.result)});
        else
          self_->send(surroundings_->host, run_failed{m.error});
      },
      [this](const timer_due& m) { handle_event(learning::timer_fired{m.timer}); },
      [this](const ask_status&) {
        return node_status{id_, learner_->waiting_for()};
      },
      [this](const stop_actor&) { self_->quit(); },
  };
}

void node_state::handle_event(learning::event e) {
  for (auto& effect : learner_->handle(std::move(e), std::chrono::steady_clock::now() - start_))
    std::visit([this](auto& what) { carry_out(what); }, effect);
}

void node_state::carry_out(learning::compute& c) {
  self_->send(surroundings_->jobs,
              run_job{c.id, std::make_shared<learning::job>(std::move(c.job)), job_client_actor(node_actor(self_))});
}

void node_state::carry_out(learning::send& s) {
  for (const node_id receiver : s.receivers)
    self_->send((*surroundings_->nodes)[receiver], deliver_fragment{s.fragment});
}

void node_state::carry_out(learning::need_round& n) {
  self_->send(surroundings_->topology, round_reached{id_, n.round});
}

void node_state::carry_out(learning::set_timer& t) {
  tell_later(self_, t.after, timer_due{t.id});
}

void node_state::carry_out(learning::report& r) {
  self_->send(surroundings_->host, node_report{id_, std::move(r)});
}

void node_state::carry_out(learning::diverged& d) {
  self_->send(surroundings_->host, node_diverged{id_, d});
}

void node_state::carry_out(learning::finished& f) {
  self_->send(surroundings_->host, node_finished{id_, f.parameters_hash});
}

} // namespace rhizome::actors
