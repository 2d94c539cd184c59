#include "actors/host.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace rhizome::actors {

namespace {

constexpr std::chrono::seconds answer_timeout{2};
constexpr std::size_t nodes_named = 5;

} // namespace

host_actor spawn_host(caf::actor_system& system, host_options options) {
  const auto where = options.spec->control;
  return spawn_actor<host_state>(system, where, [options](host_state& state) { state.prepare(options); });
}

host_actor::behavior_type host_state::make_behavior() {
  when_lost(self_, [this](const std::string& reason) {
    self_->send(options_.experiment, run_failed{fmt::format("a part of the run has died: {}", reason)});
  });
  spawn_parts();
  spawn_nodes();
  return {
      [this](const begin_run&) { begin_rounds(); },
      [this](const trainer_ready&) { self_->send(options_.experiment, host_ready{}); },
      [this](const run_failed& message) { self_->send(options_.experiment, message); },
      [this](const node_report& message) { take(message); },
      [this](const node_diverged& message) { take(message); },
      [this](const node_finished& message) { take(message); },
      [this](const average_result& message) { self_->send(options_.experiment, message); },
      [this](const rounds_stored&) {
        ++credit_;
        send_batches(false);
      },
      [this](const ask_status&) { ask_nodes(); },
      [this](const stop_actor&) {
        stop();
        return actor_stopped{};
      },
  };
}

void host_state::spawn_parts() {
  const auto& spec = *options_.spec;
  auto pool = learning::vector_pool::make(spec.models->layout().size());
  clock_ = std::make_shared<trainer_clock>(spec.threads, spec.jobs_done);
  jobs_ = spawn_job_queue(self_->system(), {host_actor(self_), spec.models, pool, clock_, spec.threads, spec.control});
  averager_ =
      spawn_averager(self_->system(), {average_client_actor(host_actor(self_)), options_.logger, jobs_, spec.context});
  watch(self_, jobs_);
  watch(self_, averager_);
}

void host_state::spawn_nodes() {
  const auto& spec = *options_.spec;
  const auto surroundings = std::make_shared<const node_surroundings>(
      node_surroundings{host_actor(self_), jobs_, options_.topology, options_.nodes});
  const auto initial_of = [&spec](node_id id) {
    auto values = std::make_shared<learning::flat_vector>(spec.models->layout().size());
    spec.models->initial_parameters(id, values->values());
    return learning::snapshot(std::move(values));
  };
  const auto shared = spec.shared_initial ? initial_of(0) : nullptr;
  for (const node_id id : options_.placed) {
    learning::node_context context{spec.context, id, shared ? shared : initial_of(id), spec.local_steps.at(id),
                                   spec.roles.at(id)};
    auto learner = spec.algorithm->make(std::move(context), spec.algorithm_parameters);
    auto node = spawn_node(self_->system(), id, std::move(learner), surroundings);
    watch(self_, node);
    options_.nodes->at(id) = std::move(node);
  }
}

void host_state::begin_rounds() {
  begun_ = clock::now();
  for (const node_id id : options_.placed)
    self_->send((*options_.nodes)[id], start_node{});
}

void host_state::take(const node_report& message) {
  const auto rounds = message.report.rounds;
  if (options_.spec->context->evaluation.average_due(rounds))
    self_->send(averager_, message);
  auto& open = open_[rounds];
  open.push_back(message);
  open.back().report.model = nullptr;
  if (open.size() < options_.placed.size())
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
  self_->send(options_.experiment, message);
  if (++finished_ < options_.placed.size())
    return;
  const auto times = clock_->read();
  self_->send(options_.experiment,
              rounds_over{clock::now() - begun_, times.training, times.evaluation, options_.spec->threads});
}

void host_state::send_batches(bool regardless_of_credit) {
  while (!batches_.empty() && (credit_ > 0 || regardless_of_credit)) {
    auto batch = batches_.extract(batches_.begin());
    self_->send(options_.logger,
                round_reports{batch.key(), std::move(batch.mapped()), reporter_actor(host_actor(self_))});
    credit_ -= credit_ > 0 ? 1 : 0;
  }
}

void host_state::ask_nodes() {
  answers_.clear();
  answers_missing_ = options_.placed.size();
  const auto answered = [this] {
    if (--answers_missing_ == 0)
      report_stall();
  };
  for (const node_id id : options_.placed)
    self_->request((*options_.nodes)[id], answer_timeout, ask_status{})
        .then(
            [this, answered](const node_status& status) {
              answers_.push_back(status);
              answered();
            },
            [answered](const caf::error&) { answered(); });
}

void host_state::report_stall() {
  self_->send(options_.experiment, stall_report{describe_stall(std::move(answers_))});
}

void host_state::stop() {
  send_batches(true);
  self_->send(jobs_, stop_actor{});
  self_->send(averager_, stop_actor{});
  for (const node_id id : options_.placed)
    self_->send((*options_.nodes)[id], stop_actor{});
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
