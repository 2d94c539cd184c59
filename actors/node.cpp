#include "actors/node.hpp"

#include <map>
#include <utility>

namespace rhizome::actors {

node_actor spawn_node(caf::actor_system& system, node_id id, std::shared_ptr<const node_surroundings> surroundings) {
  return spawn_actor<node_state>(system, threading::scheduled,
                                 [=](node_state& state) { state.prepare(id, surroundings); });
}

node_actor::behavior_type node_state::make_behavior() {
  return {
      [this](const start_node& m) { start(m); },
      [this](const deliver_view& m) {
        handle_event(learning::view_arrived{m.round, m.view});
      },
      [this](const deliver_fragment& m) { handle_event(learning::fragment_arrived{m.fragment}); },
      [this](const peers_changed& m) {
        for (const node_id peer : *m.peers)
          handle_event(learning::peer_changed{peer, m.up, m.round});
      },
      [this](const job_done& m) {
        if (m.result)
          handle_event(learning::computed{m.token, std::move(*m.result)});
        else
          self_->send(surroundings_->host, run_failed{m.error});
      },
      [this](const timer_due& m) { handle_event(learning::timer_fired{m.timer}); },
      [this](const ask_model&) {
        model_requests_.push_back(make_promise<node_model>(self_));
        auto answer = model_requests_.back();
        answer_model_requests();
        return answer;
      },
      [this](const ask_status&) {
        return learner_ ? node_status{id_, learner_->waiting_for()} : node_status{id_, {0, "its first model", {}}};
      },
      [this](const stop_actor&) { self_->quit(); },
  };
}

void node_state::start(const start_node& message) {
  start_ = std::chrono::steady_clock::now();
  learner_ = surroundings_->make_learner(id_, message);
  handle_event(learning::started{});
  for (auto& e : std::exchange(early_, {}))
    handle_event(std::move(e));
}

void node_state::handle_event(learning::event e) {
  if (!learner_) {
    early_.push_back(std::move(e));
    return;
  }
  for (auto& effect : learner_->handle(std::move(e), std::chrono::steady_clock::now() - start_))
    std::visit([this](auto& what) { carry_out(what); }, effect);
  if (!model_requests_.empty())
    answer_model_requests();
}

void node_state::answer_model_requests() {
  auto model = learner_ ? learner_->model_at_rest() : nullptr;
  if (!model && has_model_)
    return; // a job holds it
  for (auto& request : std::exchange(model_requests_, {}))
    request.deliver(node_model{model});
}

void node_state::carry_out(learning::compute& c) {
  self_->send(surroundings_->jobs,
              run_job{c.id, std::make_shared<learning::job>(std::move(c.job)), job_client_actor(node_actor(self_))});
}

void node_state::carry_out(learning::send& s) {
  const auto& where = *surroundings_->where;
  std::map<host_id, std::vector<node_id>> remote;
  for (const node_id receiver : s.receivers)
    if (where.is_here(receiver))
      self_->send(where.nodes[receiver], deliver_fragment{s.fragment});
    else
      remote[where.placement->host_of(receiver)].push_back(receiver);
  for (auto& [host, receivers] : remote)
    self_->send(where.links[host], send_parcel{{s.fragment, sharing::parcel_channel::nodes, std::move(receivers)}});
}

void node_state::carry_out(learning::need_round& n) {
  self_->send(surroundings_->host, round_reached{id_, n.round});
}

void node_state::carry_out(learning::set_timer& t) {
  tell_later(self_, t.after, timer_due{t.id});
}

void node_state::carry_out(learning::report& r) {
  self_->send(surroundings_->host, node_report{id_, std::move(r)});
}

void node_state::carry_out(learning::diverged& d) {
  has_model_ = false;
  self_->send(surroundings_->host, node_diverged{id_, d});
}

void node_state::carry_out(learning::finished& f) {
  self_->send(surroundings_->host, node_finished{id_, f.parameters_hash});
}

} // namespace rhizome::actors
