// How the experiment wins its hosts, loses them, and wins them back.

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "actors/experiment.hpp"
#include "actors/host.hpp"
#include "actors/topology_manager.hpp"

namespace rhizome::actors {

namespace {

/// Tells two runs of the same configuration apart, by time and process. Nothing that is computed depends on it.
std::string name_run(std::uint64_t seed) {
  return fmt::format("{}-{:x}-{:x}", seed, std::chrono::system_clock::now().time_since_epoch().count(), getpid());
}

/// Before the run has begun, a host that is not there yet.
constexpr std::chrono::seconds call_again_after{1};

std::string sentence(std::string text) {
  if (!text.empty() && text.back() != '.')
    text += '.';
  return text;
}

} // namespace

// -- joining ---------------------------------------------------------------------------------------------------------

void experiment_state::call(host_id id) {
  auto& m = members_[id];
  m.is = member::state::calling;
  const auto patience = spec_->cluster.join_timeout;
  const auto failed = [this, id](const caf::error& e) { lose(id, self_->system().render(e)); };
  self_->request(connector_, patience, connect_to{m.name})
      .then(
          [this, id, patience, failed](const connected& found) {
            if (!found.gate) {
              not_reached(id, found.error);
              return;
            }
            members_[id].gate = caf::actor_cast<gate_actor>(found.gate);
            watch(self_, members_[id].gate); // a request to a process that dies is not answered
            self_->request(members_[id].gate, patience, greeting{})
                .then([this, id](const greeting_answer& answer) { greeted(id, answer); }, failed);
          },
          failed);
}

void experiment_state::not_reached(host_id id, const std::string& why) {
  auto& m = members_[id];
  if (ending_)
    return;
  if (begun_rounds_ || clock::now() - last_progress_ >= spec_->cluster.join_timeout) {
    lose(id, why);
    return;
  }
  if (!std::exchange(m.waited_for, true))
    note("waiting", fmt::format("Waiting for {}: {}", m.name, sentence(why)));
  m.is = member::state::away;
  m.next_try = clock::now() + call_again_after;
}

std::string experiment_state::objection_to(const greeting_answer& answer) const {
  const auto& own = spec_->cluster.build;
  if (!answer.run.empty())
    return fmt::format("it is lent to another run ({})", answer.run);
  if (answer.build.version != own.version)
    return fmt::format("it runs version {} of Rhizome and this machine {}", answer.build.version, own.version);
  if (spec_->cluster.allow_mixed)
    return {};
  if (answer.build.libraries != own.libraries)
    return fmt::format("it has other libraries, so the bits may differ: {} there and {} here (allow it with "
                       "cluster.allow_mixed = true)",
                       answer.build.libraries, own.libraries);
  if (answer.build.instruction_set != own.instruction_set)
    return fmt::format("its processor has other instructions, so the bits may differ: {} there and {} here (allow it "
                       "with cluster.allow_mixed = true)",
                       answer.build.instruction_set, own.instruction_set);
  return {};
}

void experiment_state::greeted(host_id id, const greeting_answer& answer) {
  if (ending_)
    return;
  if (const auto why = objection_to(answer); !why.empty()) {
    lose(id, why);
    return;
  }
  members_[id].cores = answer.cores;
  if (begun_rounds_) {
    ask_to_join(id);
    return;
  }
  members_[id].is = member::state::joined; // until all have answered: then they are placed and asked
  if (std::ranges::all_of(members_.begin() + 1, members_.end(),
                          [](const member& m) { return m.is == member::state::joined; }))
    place_nodes();
}

void experiment_state::place_nodes() {
  const auto& cluster = spec_->cluster;
  std::vector<std::uint32_t> cores;
  std::vector<std::string> names;
  for (const auto& m : members_) {
    cores.push_back(m.cores);
    names.push_back(m.name);
  }
  auto placed = cluster.hosts.empty()
                    ? result<network::placement>(network::placement(std::vector<host_id>(spec_->context->nodes, 0), 1))
                    : cluster.place(cores);
  if (!placed) {
    finish(run_status::failed, placed.error().message);
    return;
  }
  placement_ = std::make_shared<const network::placement>(std::move(*placed));
  run_ = name_run(spec_->context->seed);
  const auto self = experiment_actor(self_);
  topology_ =
      spawn_topology_manager(self_->system(), spec_->control,
                             {self, logger_, spec_->views, spec_->context->rounds, spec_->run_ahead, placement_});
  watch(self_, topology_);
  host_options options;
  options.spec = spec_;
  options.run = run_;
  options.hosts = names;
  options.placement = placement_;
  options.experiment = self;
  options.logger = logger_;
  options.topology = topology_;
  options.connector = connector_;
  options.gauges = std::make_shared<host_gauges>(members_.size());
  if (cluster.placed)
    cluster.placed(
        {run_, names, 0, static_cast<std::uint32_t>(placement_->nodes_of(0).size()), options.gauges, spec_->jobs_done});
  members_[0].host = spawn_host(self_->system(), std::move(options));
  watch(self_, members_[0].host);
  self_->send(topology_, host_joined{0, caf::actor_cast<caf::strong_actor_ptr>(members_[0].host)});
  for (host_id id = 1; id < members_.size(); ++id)
    ask_to_join(id);
  if (members_.size() == 1)
    let_all_meet();
}

void experiment_state::ask_to_join(host_id id) {
  join_request request;
  request.run = run_;
  request.config = spec_->cluster.config;
  request.data_checksum = spec_->cluster.data_checksum;
  request.host = id;
  for (const auto& m : members_)
    request.hosts.push_back(m.name);
  request.placement = placement_->hosts_of_nodes();
  request.rejoining = begun_rounds_;
  request.experiment = caf::actor_cast<caf::strong_actor_ptr>(experiment_actor(self_));
  request.metric_logger = caf::actor_cast<caf::strong_actor_ptr>(logger_);
  request.topology = caf::actor_cast<caf::strong_actor_ptr>(topology_);
  members_[id].is = member::state::calling;
  self_->request(members_[id].gate, spec_->cluster.join_timeout, std::move(request))
      .then([this, id](const join_answer& answer) { joined(id, answer); },
            [this, id](const caf::error& e) { lose(id, self_->system().render(e)); });
}

void experiment_state::joined(host_id id, const join_answer& answer) {
  auto& m = members_[id];
  if (!answer.host) {
    lose(id, answer.refused);
    return;
  }
  m.host = caf::actor_cast<host_actor>(answer.host);
  if (ending_) {
    post(m.host, stop_actor{});
    return;
  }
  m.is = member::state::joined;
  watch(self_, m.host);
  last_progress_ = clock::now();
  if (begun_rounds_) {
    let_meet_again(id);
    return;
  }
  note("joined", fmt::format("{} has joined: {} of {} nodes, {} cores.", m.name, placement_->nodes_of(id).size(),
                             placement_->nodes(), m.cores));
  self_->send(topology_, host_joined{id, answer.host});
  if (std::ranges::all_of(members_.begin() + 1, members_.end(),
                          [](const member& other) { return other.is == member::state::joined; }))
    let_all_meet();
}

void experiment_state::let_all_meet() {
  for (host_id id = 0; id < members_.size(); ++id)
    not_ready_.insert(id);
  for (host_id id = 0; id < members_.size(); ++id) {
    meet_hosts message{meeting_, {}, {}, {}};
    for (host_id other = 0; other < members_.size(); ++other) {
      if (other != id)
        message.expected.push_back(other);
      if (other > id) // of two hosts the one with the smaller number calls the other
        message.connect.push_back({other, members_[other].name});
    }
    self_->send(members_[id].host, std::move(message));
  }
}

void experiment_state::let_meet_again(host_id back) {
  coming_back_ = back;
  ++meeting_;
  meet_hosts for_it{meeting_, {}, {}, {}};
  for (host_id id = 0; id < members_.size(); ++id) {
    if (!takes_part(id)) {
      if (id != back)
        for_it.absent.push_back(id);
      continue;
    }
    not_ready_.insert(id);
    for_it.expected.push_back(id);
    if (id > back)
      for_it.connect.push_back({id, members_[id].name});
    meet_hosts message{meeting_, {back}, {}, {}};
    if (id < back)
      message.connect.push_back({back, members_[back].name});
    self_->send(members_[id].host, std::move(message));
  }
  not_ready_.insert(back);
  self_->send(members_[back].host, std::move(for_it));
}

void experiment_state::take(const host_ready& message) {
  if (message.meeting == meeting_)
    become_ready(message.host);
}

void experiment_state::become_ready(host_id id) {
  if (ending_ || not_ready_.erase(id) == 0)
    return;
  last_progress_ = clock::now();
  if (!not_ready_.empty())
    return;
  if (!begun_rounds_) {
    for (auto& m : members_)
      m.is = member::state::here;
    begin_rounds();
  } else if (const auto back = std::exchange(coming_back_, std::nullopt)) {
    members_[*back].is = member::state::here;
    self_->send(topology_, host_joined{*back, caf::actor_cast<caf::strong_actor_ptr>(members_[*back].host)});
  }
}

// -- losing ----------------------------------------------------------------------------------------------------------

void experiment_state::lose(host_id id, const std::string& reason) {
  auto& m = members_.at(id);
  if (ending_ || m.is == member::state::away)
    return;
  if (!begun_rounds_) {
    finish(run_status::failed, fmt::format("{} cannot take part: {}", m.name, sentence(reason)));
    return;
  }
  const bool took_part = takes_part(id);
  m.is = member::state::away;
  m.next_try = clock::now() + spec_->cluster.retry;
  m.bytes_sent_before += std::exchange(m.bytes_sent, 0);
  if (m.host) // if it only does not hear the others, it is to go back to idle
    post(m.host, stop_actor{});
  if (m.gate)
    self_->send(connector_, disconnect_from{caf::actor_cast<caf::strong_actor_ptr>(m.gate)});
  m.host = nullptr;
  m.gate = nullptr;
  std::erase_if(complaints_, [id](const complaint& c) { return c.what.from == id || c.what.peer == id; });
  stall_answers_missing_.erase(id);
  meet_without(id);
  if (!took_part)
    return;
  const auto what = fmt::format("{} is lost: {}", m.name, sentence(reason));
  if (spec_->cluster.on_failure == config::failure_policy::abort) {
    finish(run_status::failed, what);
    return;
  }
  if (!has_nodes_left()) {
    finish(run_status::failed, what + " No node is left.");
    return;
  }
  note("lost", what + " The others go on without its nodes; this run's bits cannot be repeated.");
  self_->send(topology_, host_lost{id});
}

void experiment_state::meet_without(host_id lost) {
  if (!coming_back_)
    return;
  const meet_hosts message{meeting_, {}, {}, {lost}};
  if (coming_back_ != lost) {
    self_->send(members_[*coming_back_].host, message);
    become_ready(lost);
    return;
  }
  coming_back_.reset();
  not_ready_.clear();
  for (host_id id = 0; id < members_.size(); ++id)
    if (takes_part(id))
      self_->send(members_[id].host, message);
}

bool experiment_state::has_nodes_left() const {
  for (host_id id = 0; id < members_.size(); ++id)
    if (takes_part(id) && !placement_->nodes_of(id).empty())
      return true;
  return false;
}

void experiment_state::judge(const peer_lost& message) {
  const auto& [from, peer, reason] = message;
  if (ending_ || from >= members_.size() || peer >= members_.size())
    return;
  if (from == peer) { // it leaves by itself
    lose(peer, reason);
    return;
  }
  // Who is away already says nothing about the others, nor they about it.
  if (begun_rounds_ && (members_[from].is == member::state::away || members_[peer].is == member::state::away))
    return;
  if (from == 0 || !begun_rounds_) {
    if (begun_rounds_ || from == 0)
      lose(peer, reason);
    else
      finish(run_status::failed,
             fmt::format("{} cannot reach {}: {}", members_[from].name, members_[peer].name, sentence(reason)));
    return;
  }
  // Perhaps the peer is dead, and this process is about to notice: its own link knows within the limit.
  complaints_.push_back({message, clock::now() + spec_->cluster.liveness / 2});
}

void experiment_state::judge_complaints() {
  const auto now = clock::now();
  const auto due = std::ranges::find_if(complaints_, [now](const complaint& c) { return c.due <= now; });
  if (due == complaints_.end())
    return;
  // Two hosts do not hear each other, but both are heard here: the one that is only coming back has to go, then the one
  // with more complaints, then the one with the larger number.
  const auto complaints_of = [this](host_id id) {
    return std::ranges::count_if(complaints_,
                                 [id](const complaint& c) { return c.what.from == id || c.what.peer == id; });
  };
  const auto what = due->what;
  const auto [low, high] = std::minmax(what.from, what.peer);
  auto out = complaints_of(low) > complaints_of(high) ? low : high;
  if (takes_part(low) != takes_part(high))
    out = takes_part(low) ? high : low;
  lose(out, fmt::format("{} and {} do not hear each other ({})", members_[what.from].name, members_[what.peer].name,
                        what.reason));
  std::erase_if(complaints_,
                [&what](const complaint& c) { return c.what.from == what.from && c.what.peer == what.peer; });
}

void experiment_state::call_those_away() {
  if (interrupted_ || (begun_rounds_ && spec_->cluster.on_failure == config::failure_policy::abort))
    return;
  const auto is_on_its_way = [](const member& m) {
    return m.is == member::state::calling || m.is == member::state::joined;
  };
  if (begun_rounds_ && std::ranges::any_of(members_, is_on_its_way))
    return; // one comes back at a time
  const auto now = clock::now();
  for (host_id id = 1; id < members_.size(); ++id)
    if (auto& m = members_[id]; m.is == member::state::away && m.next_try <= now) {
      call(id);
      if (begun_rounds_)
        return;
    }
}

} // namespace rhizome::actors
