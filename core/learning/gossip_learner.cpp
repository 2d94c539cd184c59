#include "core/learning/gossip_learner.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace rhizome::learning {

namespace {

constexpr round_number not_back = std::numeric_limits<round_number>::max();

} // namespace

gossip_learner::gossip_learner(node_context context, std::unique_ptr<view_maker> maker)
    : round_learner(std::move(context)), strategy_(run().make_strategy(id())), maker_(std::move(maker)) {}

void gossip_learner::on_start(effects& out) {
  out.emplace_back(need_round{round()});
  advance(out);
}

void gossip_learner::on_view(round_number round_of_view, round_view_ptr view, effects& out) {
  if (maker_) {
    maker_->allow(round_of_view, out);
    add_made_views();
  } else {
    add_view(round_of_view, std::move(view));
  }
  advance(out);
}

void gossip_learner::add_view(round_number round_of_view, round_view_ptr view) {
  if (round_of_view < round())
    return;
  views_.emplace(round_of_view, std::move(view));
  if (round_of_view == round())
    count_missing();
}

void gossip_learner::add_made_views() {
  while (auto made = maker_->next()) {
    view_bytes_.emplace(made->round, made->bytes);
    add_view(made->round, std::move(made->view));
  }
}

void gossip_learner::on_fragment(fragment f, effects& out) {
  if (f.kind != fragment_kind::model && maker_) {
    maker_->take(std::move(f), out);
    add_made_views();
    advance(out);
    return;
  }
  if (f.kind != fragment_kind::model && strategy_->has_second_phase()) {
    send_all(strategy_->on_message(f), out); // of an earlier round too: another node may still be in it
    advance(out);
    return;
  }
  if (f.round < round())
    return; // a round that is over
  const bool awaited = f.round == round() && f.kind == fragment_kind::model && is_missing(f.sender);
  inbox_.put(std::move(f));
  if (!awaited)
    return;
  --missing_;
  advance(out);
}

void gossip_learner::on_peer_changed(const peer_changed& change, effects& out) {
  back_from_[change.peer] = change.up ? change.round : not_back;
  count_missing();
  strategy_->on_peer_changed(change.peer);
  advance(out);
}

void gossip_learner::on_computed(token, job_result result, effects& out) {
  if (!resumed() && !finish_round_job(result, out)) {
    phase_ = phase::done;
    return;
  }
  share(isolated() ? std::vector<sharing::outgoing>{} : strategy_->sends(result, *views_.at(round())), out);
  advance(out);
}

void gossip_learner::advance(effects& out) {
  if (phase_ == phase::ready && views_.contains(round())) {
    resumed() ? share_again(out) : start_round(out);
    if (phase_ == phase::training)
      return;
  }
  while (phase_ == phase::exchanging && missing_ == 0) {
    close_exchange(out);
    if (!strategy_->waiting_for().empty() || (round() + 1 < run().rounds && !views_.contains(round() + 1)))
      return;
    start_round(out);
  }
}

void gossip_learner::close_exchange(effects& out) {
  if (closed_ || !strategy_->has_second_phase())
    return;
  closed_ = true;
  if (isolated())
    return;
  const auto& view = views_.at(round());
  sharing::closed_exchange exchange{round(), view, {}, {}};
  for (const auto& neighbour : view->in) {
    if (is_absent(neighbour.id))
      exchange.lost.insert(neighbour.id);
    if (const auto* found = inbox_.find(round(), neighbour.id); found != nullptr && found->body)
      exchange.received.push_back(*found);
  }
  send_all(strategy_->close(std::move(exchange)), out);
}

void gossip_learner::send_all(std::vector<send> messages, effects& out) {
  for (auto& [message, receivers] : messages)
    send_to(std::move(message), std::move(receivers), out);
}

bool gossip_learner::is_absent(node_id node) const {
  const auto found = back_from_.find(node);
  return found != back_from_.end() && round() < found->second;
}

bool gossip_learner::is_missing(node_id node) const {
  const auto view = views_.find(round());
  return view != views_.end() && std::ranges::binary_search(view->second->in, node, {}, &neighbour::id) &&
         !is_absent(node) && !inbox_.contains(round(), node);
}

std::vector<node_id> gossip_learner::missing() const {
  std::vector<node_id> result;
  if (const auto view = views_.find(round()); view != views_.end())
    for (const auto& neighbour : view->second->in)
      if (!is_absent(neighbour.id) && !inbox_.contains(round(), neighbour.id))
        result.push_back(neighbour.id);
  return result;
}

void gossip_learner::count_missing() {
  missing_ = missing().size();
}

void gossip_learner::start_round(effects& out) {
  const bool first = phase_ == phase::ready;
  if (!first) {
    next_round();
    closed_ = false;
    if (maker_)
      maker_->passed(round());
    std::erase_if(back_from_, [this](const auto& entry) { return entry.second <= round(); });
    count_missing();
  }
  auto job = begin_round_job();
  job.model = first ? job.builder.input(std::exchange(model_, nullptr)) : combine(job.builder, round() - 1);
  if (isolated()) {
    // A node without a model keeps its place in the protocol: its neighbours learn each round that it has nothing.
    if (skip_round(out))
      share({}, out);
    else
      phase_ = phase::done;
    return;
  }
  if (!all_rounds_done())
    strategy_->plan_training(job.builder, job.model);
  plan_evaluation_and_training(job);
  if (!all_rounds_done())
    strategy_->plan_send(job.builder, job.model, *views_.at(round()));
  phase_ = phase::training;
  launch(std::move(job), out);
}

slot gossip_learner::combine(job_builder& job, round_number done) {
  const auto view = views_.extract(done).mapped();
  std::vector<sharing::incoming> received;
  double own_weight = view->self_weight;
  for (const auto& [sender, weight] : view->in) {
    auto fragment = inbox_.take(done, sender);
    if (fragment && fragment->body)
      received.push_back({std::move(*fragment), weight});
    else
      own_weight += weight;
  }
  if (isolated())
    return 0;
  const slot own = job.input(std::exchange(model_, nullptr));
  if (view->in.empty())
    return own; // alone: the model goes on in place
  return strategy_->plan_receive(job, own, own_weight, std::move(received), run().aggregation);
}

void gossip_learner::share(std::vector<sharing::outgoing> outgoing, effects& out) {
  phase_ = phase::exchanging;
  clear_resumed();
  if (const auto cost = view_bytes_.extract(round()); !cost.empty())
    restore_bytes_sent(bytes_sent() + cost.mapped());
  if (isolated()) {
    sharing::outgoing notice;
    for (const auto& neighbour : views_.at(round())->out)
      notice.receivers.push_back(neighbour.id);
    outgoing.push_back(std::move(notice));
  }
  for (auto& [body, receivers] : outgoing) {
    std::erase_if(receivers, [this](node_id receiver) { return is_absent(receiver); });
    send_to(fragment{id(), round(), fragment_kind::model, false, std::move(body)}, std::move(receivers), out);
  }
  const auto other_bytes = strategy_->other_bytes();
  count_bytes(other_bytes - std::exchange(other_bytes_, other_bytes));
  out.emplace_back(need_round{round() + 1});
}

void gossip_learner::share_again(effects& out) {
  if (isolated()) {
    share({}, out);
    return;
  }
  auto job = begin_round_job();
  job.model = job.builder.input(model_);
  job.builder.output(job.model);
  strategy_->plan_send(job.builder, job.model, *views_.at(round()));
  phase_ = phase::training;
  launch(std::move(job), out);
}

waiting gossip_learner::waiting_for() const {
  switch (phase_) {
  case phase::ready:
    return waiting_for_view(round());
  case phase::exchanging:
    if (auto nodes = missing(); !nodes.empty())
      return {round(), fmt::format("models of round {}", round()), std::move(nodes)};
    if (auto nodes = strategy_->waiting_for(); !nodes.empty())
      return {round(), fmt::format("answers to what sharing has asked in round {}", round()), std::move(nodes)};
    return waiting_for_view(round() + 1);
  case phase::training:
  case phase::done:
    break;
  }
  return {round(), {}, {}};
}

waiting gossip_learner::waiting_for_view(round_number round_of_view) const {
  if (maker_)
    if (auto missing = maker_->waiting_for(); !missing.nodes.empty())
      return {round(), std::move(missing.what), std::move(missing.nodes)};
  return {round(), fmt::format("its neighbours of round {}", round_of_view), {}};
}

snapshot gossip_learner::model_at_rest() const {
  return phase_ == phase::training ? nullptr : model_;
}

state gossip_learner::save() const {
  auto result = round_learner::save();
  strategy_->save(result);
  if (maker_)
    maker_->save(round(), result);
  return result;
}

void gossip_learner::load(const state& saved) {
  round_learner::load(saved);
  strategy_->load(saved);
  other_bytes_ = strategy_->other_bytes();
  if (maker_)
    maker_->load(round(), saved);
}

} // namespace rhizome::learning
