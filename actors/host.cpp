#include "actors/host.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/learning/models_at_peak.hpp"

namespace rhizome::actors {

namespace {

constexpr std::chrono::seconds answer_timeout{2};
constexpr std::chrono::milliseconds progress_every{500};
constexpr std::size_t nodes_named = 5;
constexpr auto unknown = std::numeric_limits<round_number>::max();

/// Delivers what has come through a link: runs in the link's thread.
class host_sink final : public parcel_sink {
public:
  host_sink(host_actor host, averager_actor averager, routes_ptr where, std::shared_ptr<host_gauges> gauges,
            round_number run_ahead)
      : host_(std::move(host)), averager_(std::move(averager)), where_(std::move(where)), gauges_(std::move(gauges)),
        run_ahead_(run_ahead) {}

  result<void> deliver(sharing::parcel p) override {
    switch (p.channel) {
    case sharing::parcel_channel::nodes:
      return deliver_to_nodes(p);
    case sharing::parcel_channel::averager:
      post(averager_, averager_parcel{std::move(p.fragment)});
      return {};
    case sharing::parcel_channel::donation:
      for (const node_id receiver : p.receivers)
        post(host_, donation{p.fragment, receiver});
      return {};
    }
    return fail(error_kind::failed, "a fragment for an unknown channel.");
  }

private:
  result<void> deliver_to_nodes(const sharing::parcel& p) {
    // The views of a round are not handed out before all nodes here are close to it.
    const auto reached = gauges_->reached.load();
    const auto round = p.fragment.round;
    if (reached != unknown && (round + 1 < reached || round > reached + run_ahead_))
      return fail(error_kind::failed, "a fragment of round {}, while the nodes here are in round {}.", round, reached);
    for (const node_id receiver : p.receivers)
      post(where_->nodes.at(receiver), deliver_fragment{p.fragment});
    return {};
  }

  host_actor host_;
  averager_actor averager_;
  routes_ptr where_;
  std::shared_ptr<host_gauges> gauges_;
  round_number run_ahead_;
};

} // namespace

host_actor spawn_host(caf::actor_system& system, host_options options) {
  const auto where = options.spec->control;
  return spawn_actor<host_state>(system, where,
                                 [options = std::move(options)](host_state& state) { state.prepare(options); });
}

host_actor::behavior_type host_state::make_behavior() {
  // The experiment ends hosts before it ends, but for one that joins so late that it has given the run up already.
  when_lost(
      self_,
      [this](const std::string& reason, const caf::actor_addr& who) {
        if (who == options_.experiment.address())
          stop("the starting machine is lost");
        else
          self_->send(options_.experiment, run_failed{fmt::format("a part of the run has died: {}", reason)});
      },
      options_.experiment.address());
  lost_.assign(options_.placement->hosts(), false);
  linked_.assign(options_.placement->hosts(), false);
  wanted_.assign(options_.placement->hosts(), false);
  if (options_.rejoining)
    options_.gauges->reached = unknown;
  spawn_parts();
  if (options_.index != 0) {
    watch(self_, options_.experiment);
    tell_later(self_, progress_every, look{});
  }
  return {
      [this](const meet_hosts& message) { meet(message); },
      [this](const link_offer& offer) { return accept(offer); },
      [this](const link_up& message) {
        linked_.at(message.peer) = true;
        links_missing_.erase(message.peer);
        tell_if_ready();
      },
      [this](const link_down& message) { lose_link(message); },
      [this](const begin_run&) { begin_rounds(); },
      [this](const deliver_views& message) {
        make_room(message.views);
        for (const auto& [node, view] : message.views)
          self_->send(where_->nodes.at(node), deliver_view{message.round, view});
      },
      [this](const nodes_changed& change) { change_nodes(change); },
      [this](const donation& message) { take(message); },
      [this](const trainer_ready&) {
        modules_ready_ = true;
        tell_if_ready();
      },
      [this](const run_failed& message) { self_->send(options_.experiment, message); },
      [this](const round_reached& message) { reach(message); },
      [this](const node_report& message) { take(message); },
      [this](const node_diverged& message) { take(message); },
      [this](const node_finished& message) { take(message); },
      [this](const note_event& message) { self_->send(options_.experiment, message); },
      [this](const average_result& message) { self_->send(options_.experiment, message); },
      [this](const model_distances& message) {
        if (options_.index == 0)
          self_->send(averager_, message);
        else
          self_->send(options_.experiment, message);
      },
      [this](const rounds_stored&) {
        ++credit_;
        send_batches(false);
      },
      [this](const ask_status&) { ask_nodes(); },
      [this](const look&) {
        tell_progress();
        tell_later(self_, progress_every, look{});
      },
      [this](const stop_actor&) {
        stop({});
        return actor_stopped{};
      },
  };
}

// -- starting --------------------------------------------------------------------------------------------------------

void host_state::spawn_parts() {
  const auto& spec = *options_.spec;
  pool_ = learning::vector_pool::make(spec.models->layout().size());
  clock_ = std::make_shared<trainer_clock>(spec.threads, spec.jobs_done);
  jobs_ = spawn_job_queue(self_->system(), {host_actor(self_), spec.models, pool_, clock_, spec.threads, spec.control,
                                            options_.gauges->jobs_waiting});
  watch(self_, jobs_);
  const auto where = std::make_shared<routes>();
  where->placement = options_.placement;
  where->self = options_.index;
  where->nodes.resize(options_.placement->nodes());
  where->links.resize(options_.placement->hosts());
  where_ = where;
  averager_ = spawn_averager(self_->system(),
                             {average_client_actor(host_actor(self_)), options_.logger, jobs_, spec.context, where});
  watch(self_, averager_);
  spawn_nodes(where);
  spawn_links(where);
}

void host_state::spawn_links(const std::shared_ptr<routes>& where) {
  const auto& spec = *options_.spec;
  const auto sink = std::make_shared<host_sink>(host_actor(self_), averager_, where, options_.gauges, spec.run_ahead);
  for (host_id peer = 0; peer < options_.placement->hosts(); ++peer) {
    if (peer == options_.index)
      continue;
    link_options link;
    link.host = host_actor(self_);
    link.connector = options_.connector;
    link.peer = peer;
    link.peer_name = options_.hosts.at(peer);
    link.limits.nodes = options_.placement->nodes();
    link.limits.max_bytes = spec.cluster.max_encoded_bytes(spec.models->layout().size());
    link.limits.parameters = spec.context->apart.parameters;
    link.limits.buffers = spec.context->apart.buffers;
    // The starting machine sends the average model in no node's name.
    if (peer != 0)
      link.limits.from_peer = [p = options_.placement, peer](node_id node) { return p->host_of(node) == peer; };
    link.limits.placed_here = [where](node_id node) { return where->is_here(node); };
    link.pool = pool_;
    link.sink = sink;
    link.counters = options_.gauges->links.at(peer);
    link.chunk_size = spec.cluster.chunk_size;
    link.window = spec.cluster.window;
    link.liveness = spec.cluster.liveness;
    link.where = spec.control;
    where->links[peer] = spawn_link(self_->system(), std::move(link));
    watch(self_, where->links[peer]);
  }
}

void host_state::spawn_nodes(const std::shared_ptr<routes>& where) {
  const auto surroundings = std::make_shared<const node_surroundings>(node_surroundings{
      host_actor(self_), jobs_, where, [spec = options_.spec](node_id id, const start_node& start) {
        learning::node_context context{spec->context, id, start.initial, spec->local_steps.at(id), spec->roles.at(id)};
        context.first_round = start.first_round;
        return std::shared_ptr<learning::learner>(
            spec->algorithm->make(std::move(context), spec->algorithm_parameters));
      }});
  for (const node_id id : placed()) {
    where->nodes[id] = spawn_node(self_->system(), id, surroundings);
    watch(self_, where->nodes[id]);
  }
  node_reached_.assign(placed().size(), 0);
  nodes_at_[0] = static_cast<std::uint32_t>(placed().size());
}

void host_state::begin_rounds() {
  begun_ = clock::now();
  const auto shared = options_.spec->shared_initial ? initial_model(0) : nullptr;
  for (const node_id id : placed())
    self_->send(where_->nodes[id], start_node{shared ? shared : initial_model(id), 0});
}

void host_state::make_room(const std::vector<node_view>& views) {
  if (!options_.spec->sends_own_models || views.empty() || std::exchange(room_made_, true))
    return;
  std::size_t neighbours = 0;
  for (const auto& [node, view] : views)
    neighbours += view->in.size();
  const auto each = learning::models_at_peak(static_cast<double>(neighbours) / static_cast<double>(views.size()));
  pool_->reserve(static_cast<std::size_t>(each * static_cast<double>(placed().size())));
}

learning::snapshot host_state::initial_model(node_id id) const {
  const auto& models = *options_.spec->models;
  auto values = std::make_shared<learning::flat_vector>(models.layout().size());
  models.initial_parameters(options_.spec->shared_initial ? 0 : id, values->values());
  return values;
}

// -- rounds and reports ----------------------------------------------------------------------------------------------

void host_state::reach(const round_reached& message) {
  const auto nodes = placed();
  auto& round =
      node_reached_.at(static_cast<std::size_t>(std::ranges::lower_bound(nodes, message.node) - nodes.begin()));
  if (--nodes_at_[round] == 0)
    nodes_at_.erase(round);
  round = message.round;
  ++nodes_at_[round];
  const auto slowest = nodes_at_.begin()->first;
  if (slowest <= options_.gauges->reached)
    return;
  options_.gauges->reached = slowest;
  self_->send(options_.topology, host_reached{options_.index, slowest});
}

void host_state::take(const node_report& message) {
  const auto rounds = message.report.rounds;
  if (options_.spec->context->evaluation.average_due(rounds))
    self_->send(averager_, message);
  auto& open = open_[rounds];
  open.push_back(message);
  open.back().report.model = nullptr;
  if (open.size() < placed().size())
    return;
  std::ranges::sort(open, {}, &node_report::node);
  batches_.insert(open_.extract(rounds));
  send_batches(false);
}

void host_state::take(const node_diverged& message) {
  const auto& [round, loss] = message.diverged;
  const bool isolate = options_.spec->context->on_nonfinite == learning::nonfinite_policy::isolate;
  const auto what = fmt::format("the parameters of node {} are no longer finite after round {} (training loss {})",
                                message.node, round + 1, loss);
  if (isolate)
    self_->send(options_.experiment, note_event{"nonfinite", what + "; it is isolated."});
  else
    self_->send(options_.experiment,
                run_failed{what + ": try a smaller training.learning_rate or training.gradient_clip, or let the "
                                  "others go on with runtime.on_nonfinite = \"isolate\"."});
}

void host_state::take(const node_finished& message) {
  hashes_.emplace_back(message.node, message.parameters_hash);
  if (hashes_.size() < placed().size())
    return;
  const auto times = clock_->read();
  self_->send(options_.experiment, rounds_over{options_.index, clock::now() - begun_, times.training, times.evaluation,
                                               times.sharing, options_.spec->threads, std::move(hashes_)});
}

void host_state::send_batches(bool regardless_of_credit) {
  while (!batches_.empty() && (credit_ > 0 || regardless_of_credit)) {
    auto batch = batches_.extract(batches_.begin());
    self_->send(options_.logger, round_reports{batch.key(), std::move(batch.mapped()),
                                               caf::actor_cast<caf::strong_actor_ptr>(host_actor(self_))});
    credit_ -= credit_ > 0 ? 1 : 0;
  }
}

// -- trouble and the end ---------------------------------------------------------------------------------------------

void host_state::ask_nodes() {
  answers_.clear();
  answers_missing_ = placed().size();
  const auto report = [this] { self_->send(options_.experiment, stall_report{options_.index, std::move(answers_)}); };
  if (answers_missing_ == 0)
    report();
  const auto answered = [this, report] {
    if (--answers_missing_ == 0)
      report();
  };
  for (const node_id id : placed())
    self_->request(where_->nodes[id], answer_timeout, ask_status{})
        .then(
            [this, answered](const node_status& status) {
              answers_.push_back(status);
              answered();
            },
            [answered](const caf::error&) { answered(); });
}

void host_state::tell_progress() {
  std::uint64_t bytes_sent = 0;
  for (const auto& link : options_.gauges->links)
    bytes_sent += link->bytes_sent;
  self_->send(options_.experiment, host_progress{options_.index, options_.spec->jobs_done->load(), bytes_sent});
}

void host_state::stop(const std::string& reason) {
  send_batches(true);
  tell_progress();
  self_->send(jobs_, stop_actor{});
  self_->send(averager_, stop_actor{});
  for (const node_id id : placed())
    self_->send(where_->nodes[id], stop_actor{});
  for (const auto& link : where_->links)
    tell(self_, link, stop_actor{});
  if (options_.gone)
    options_.gone(reason);
  self_->quit();
}

std::string describe_stall(std::vector<node_status> nodes) {
  std::erase_if(nodes, [](const node_status& s) { return s.waiting.what.empty(); });
  if (nodes.empty())
    return "no node waits for another, so a trainer, the averager or the metric store does not finish";
  // The slowest first: the others wait for them.
  std::ranges::sort(nodes, {}, [](const node_status& s) { return std::pair(s.waiting.round, s.node); });
  std::vector<std::string> parts;
  for (const auto& [node, waiting] : nodes) {
    if (parts.size() == nodes_named) {
      parts.push_back(fmt::format("and {} other nodes wait", nodes.size() - nodes_named));
      break;
    }
    parts.push_back(waiting.nodes.empty()
                        ? fmt::format("node {} waits for {}", node, waiting.what)
                        : fmt::format("node {} waits for {} from node{} {}", node, waiting.what,
                                      waiting.nodes.size() > 1 ? "s" : "", fmt::join(waiting.nodes, ", ")));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

} // namespace rhizome::actors
