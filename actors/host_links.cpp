// What a host has to do with other hosts: links, nodes that are lost, and models for those that come back.

#include <utility>

#include <fmt/format.h>

#include "actors/gate_actor.hpp"
#include "actors/host.hpp"

namespace rhizome::actors {

namespace {

// A donation is a request or, with the model if the donor has one, the answer.
constexpr auto donation_request = learning::fragment_kind::model;
constexpr auto donation_answer = learning::fragment_kind::first_own;

send_parcel make_donation(node_id from, node_id to, learning::fragment_kind kind, learning::payload_ptr body) {
  send_parcel message;
  message.parcel.channel = sharing::parcel_channel::donation;
  message.parcel.receivers = {to};
  message.parcel.fragment.sender = from;
  message.parcel.fragment.kind = kind;
  message.parcel.fragment.body = std::move(body);
  return message;
}

} // namespace

void host_state::meet(const meet_hosts& message) {
  met_ = true;
  meeting_ = message.meeting;
  ready_told_ = false;
  for (const host_id peer : message.expected) {
    wanted_.at(peer) = true;
    if (!linked_.at(peer))
      links_missing_.insert(peer);
  }
  for (const host_id peer : message.absent) {
    lost_.at(peer) = true;
    part_from(peer);
  }
  for (const auto& address : message.connect)
    call(address);
  tell_if_ready();
}

void host_state::part_from(host_id peer) {
  wanted_.at(peer) = false;
  linked_[peer] = false;
  links_missing_.erase(peer);
  self_->send(where_->links[peer], close_link{});
}

void host_state::call(const host_address& address) {
  const auto patience = options_.spec->cluster.join_timeout;
  const auto failed = [this, peer = address.host](const std::string& why) {
    self_->send(options_.experiment, peer_lost{options_.index, peer, why});
  };
  const auto offer = [this, failed, patience, peer = address.host](const connected& found) {
    if (!found.gate) {
      failed(found.error);
      return;
    }
    const auto own_end = caf::actor_cast<caf::strong_actor_ptr>(where_->links.at(peer));
    self_->request(caf::actor_cast<gate_actor>(found.gate), patience, link_offer{options_.run, options_.index, own_end})
        .then(
            [this, failed, peer](const link_answer& answer) {
              if (answer.link)
                self_->send(where_->links.at(peer), link_opened{answer.link});
              else
                failed(answer.refused);
            },
            [this, failed](const caf::error& e) { failed(self_->system().render(e)); });
  };
  self_->request(options_.connector, patience, connect_to{address.endpoint})
      .then(offer, [this, failed](const caf::error& e) { failed(self_->system().render(e)); });
}

link_answer host_state::accept(const link_offer& offer) {
  if (offer.run != options_.run)
    return {"it takes part in another run.", nullptr};
  if (offer.from >= options_.hosts.size() || offer.from == options_.index)
    return {"there is no such host in this run.", nullptr};
  const auto& own_end = where_->links[offer.from];
  self_->send(own_end, link_opened{offer.link});
  return {{}, caf::actor_cast<caf::strong_actor_ptr>(own_end)};
}

void host_state::lose_link(const link_down& message) {
  linked_.at(message.peer) = false;
  if (!wanted_.at(message.peer))
    return;
  if (message.peer == 0)
    stop(fmt::format("the starting machine is lost: {}", message.reason));
  else
    self_->send(options_.experiment, peer_lost{options_.index, message.peer, message.reason});
}

void host_state::tell_if_ready() {
  if (modules_ready_ && met_ && links_missing_.empty() && !std::exchange(ready_told_, true))
    self_->send(options_.experiment, host_ready{options_.index, meeting_});
}

void host_state::change_nodes(const nodes_changed& change) {
  if (change.host == options_.index) {
    if (change.up)
      take_part_again(change);
    return;
  }
  lost_.at(change.host) = !change.up;
  if (!change.up)
    part_from(change.host);
  const auto peers = std::make_shared<const std::vector<node_id>>(change.nodes);
  for (const node_id id : placed())
    self_->send(where_->nodes[id], peers_changed{peers, change.up, change.round});
  self_->send(averager_, change);
  if (!change.up)
    ask_others_than(change.host);
}

// -- coming back -----------------------------------------------------------------------------------------------------

void host_state::take_part_again(const nodes_changed& change) {
  begun_ = clock::now();
  first_round_ = change.round;
  node_reached_.assign(placed().size(), first_round_);
  nodes_at_ = {{first_round_, static_cast<std::uint32_t>(placed().size())}};
  options_.gauges->reached = first_round_;
  for (std::size_t i = 0; i < change.nodes.size(); ++i)
    ask_donor(change.nodes[i], change.donors.at(i));
}

void host_state::ask_donor(node_id node, node_id donor) {
  donors_[node] = donor;
  self_->send(where_->links.at(options_.placement->host_of(donor)),
              make_donation(node, donor, donation_request, nullptr));
}

void host_state::ask_others_than(host_id lost) {
  const auto& placement = *options_.placement;
  const auto is_live = [&](node_id id) {
    return placement.host_of(id) != options_.index && !lost_[placement.host_of(id)];
  };
  node_id donor = 0;
  while (donor < placement.nodes() && !is_live(donor))
    ++donor;
  if (donor == placement.nodes())
    return;
  for (const auto& [node, asked] : std::map(donors_))
    if (placement.host_of(asked) == lost)
      ask_donor(node, donor);
}

void host_state::take(const donation& message) {
  const auto& f = message.fragment;
  if (f.kind == donation_request)
    give_model(f.sender, message.receiver);
  else if (const auto asked = donors_.find(message.receiver); asked != donors_.end() && asked->second == f.sender) {
    donors_.erase(asked);
    auto initial = f.body ? f.body->values : nullptr;
    if (!initial)
      self_->send(options_.experiment,
                  note_event{"rejoined", fmt::format("node {} starts anew: node {} had no model to give.",
                                                     message.receiver, f.sender)});
    self_->send(where_->nodes.at(message.receiver),
                start_node{initial ? std::move(initial) : initial_model(message.receiver), first_round_});
  }
}

void host_state::give_model(node_id to, node_id donor) {
  const auto answer = [this, to, donor](learning::snapshot model) {
    auto body = model ? learning::dense_payload(std::move(model)) : nullptr;
    self_->send(where_->links.at(options_.placement->host_of(to)),
                make_donation(donor, to, donation_answer, std::move(body)));
  };
  if (options_.placement->host_of(to) == options_.index)
    return;
  self_->request(where_->nodes.at(donor), options_.spec->stall_timeout, ask_model{})
      .then([answer](const node_model& m) { answer(m.model); }, [answer](const caf::error&) { answer(nullptr); });
}

} // namespace rhizome::actors
