#include "actors/experiment.hpp"

#include <numeric>
#include <optional>
#include <utility>

#include <xxhash.h>

#include "actors/host.hpp"
#include "actors/metric_logger.hpp"
#include "actors/topology_manager.hpp"

namespace rhizome::actors {

namespace {

constexpr std::chrono::milliseconds look_every{250};

} // namespace

experiment_actor spawn_experiment(caf::actor_system& system, run_spec_ptr spec, outcome_callback ended) {
  const auto where = spec->control;
  return spawn_actor<experiment_state>(system, where,
                                       [spec, ended](experiment_state& state) { state.prepare(spec, ended); });
}

experiment_actor::behavior_type experiment_state::make_behavior() {
  when_lost(self_, [this](const std::string& reason) {
    finish(run_status::failed, fmt::format("a part of the run has died: {}", reason));
  });
  hashes_.assign(spec_->context->nodes, 0);
  spawn_parts();
  tell_later(self_, look_every, look{});
  return {
      [this](const host_ready&) { begin_rounds(); },
      [this](const rounds_over& times) { rounds_are_over(times); },
      [this](const rounds_passed& message) {
        if (message.rounds == 1)
          outcome_.seconds_first_round = std::chrono::duration<double>(clock::now() - begun_).count();
      },
      [this](const node_finished& message) { hashes_.at(message.node) = message.parameters_hash; },
      [this](const average_result& message) { outcome_.average = message.model; },
      [this](const rounds_stored& message) { stored(message.rounds); },
      [this](const run_failed& message) { finish(run_status::failed, message.error); },
      [this](const stall_report& message) { end_if_stalled(message); },
      [this](const note_event& message) { self_->send(logger_, message); },
      [this](const interrupt_run&) { interrupt(); },
      [this](const rounds_at_rest& message) {
        rest_at_ = message.rounds;
        end_if_at_rest();
      },
      [this](const look&) {
        if (ending_)
          return;
        check_progress();
        tell_later(self_, look_every, look{});
      },
  };
}

void experiment_state::spawn_parts() {
  auto& system = self_->system();
  const auto self = experiment_actor(self_);
  const auto& spec = *spec_;
  auto nodes = std::make_shared<std::vector<node_actor>>(spec.context->nodes);
  std::vector<node_id> all(spec.context->nodes);
  std::iota(all.begin(), all.end(), 0U);
  logger_ = spawn_metric_logger(system, spec.control, {self, spec.context, spec.recorder});
  topology_ =
      spawn_topology_manager(system, spec.control, {self, spec.views, spec.context->rounds, spec.run_ahead, nodes});
  host_ = spawn_host(system, {spec_, self, logger_, topology_, std::move(all), nodes});
  watch(self_, logger_);
  watch(self_, topology_);
  watch(self_, host_);
}

void experiment_state::begin_rounds() {
  if (ending_)
    return;
  last_progress_ = begun_ = clock::now();
  self_->send(logger_, begin_run{});
  self_->send(host_, begin_run{}); // before the views, so that a node is started before it gets one
  self_->send(topology_, begin_run{});
}

void experiment_state::rounds_are_over(const rounds_over& times) {
  using seconds = std::chrono::duration<double>;
  outcome_.seconds_rounds = seconds(times.wall).count();
  outcome_.seconds_evaluation = seconds(times.evaluation).count();
  const double available = outcome_.seconds_rounds * times.trainers - outcome_.seconds_evaluation;
  outcome_.overhead = 1 - seconds(times.training).count() / available;
}

void experiment_state::stored(std::uint32_t rounds) {
  outcome_.rounds = rounds;
  if (rounds == spec_->context->rounds)
    finish(run_status::done, {});
  else
    end_if_at_rest();
}

void experiment_state::interrupt() {
  if (interrupted_) {
    finish(run_status::interrupted, "interrupted at once; complete rounds are stored.");
    return;
  }
  interrupted_ = true;
  self_->send(
      logger_,
      note_event{"interrupted",
                 "Interrupted: the rounds in flight are finished first; a second Ctrl-C ends the run at once."});
  self_->send(topology_, freeze_rounds{});
}

void experiment_state::end_if_at_rest() {
  if (rest_at_ && outcome_.rounds >= *rest_at_)
    finish(run_status::interrupted, fmt::format("interrupted after round {}; its metrics are stored.", *rest_at_));
}

bool experiment_state::has_progressed() {
  const auto jobs = spec_->jobs_done->load();
  if (jobs == jobs_seen_)
    return false;
  jobs_seen_ = jobs;
  last_progress_ = clock::now();
  stalled_ = false;
  return true;
}

void experiment_state::check_progress() {
  if (has_progressed())
    return;
  const auto still_for = clock::now() - last_progress_;
  if (interrupted_ && still_for > spec_->grace)
    finish(run_status::interrupted,
           fmt::format("interrupted within round {}; complete rounds are stored.", outcome_.rounds + 1));
  else if (still_for > spec_->stall_timeout + spec_->grace) // the host does not answer either
    finish(run_status::failed, "the run has made no progress and its host does not answer.");
  else if (still_for >= spec_->stall_timeout && !std::exchange(stalled_, true))
    self_->send(host_, ask_status{});
}

void experiment_state::end_if_stalled(const stall_report& report) {
  if (!stalled_ || has_progressed())
    return; // it goes on after all
  finish(run_status::failed,
         fmt::format("the run has made no progress for {:.0f} s: {} ({} jobs were done).",
                     std::chrono::duration<double>(spec_->stall_timeout).count(), report.who_waits, jobs_seen_));
}

void experiment_state::finish(run_status status, std::string message) {
  if (std::exchange(ending_, true))
    return;
  outcome_.status = status;
  outcome_.message = std::move(message);
  if (status == run_status::done)
    outcome_.parameters_hash = XXH3_64bits(hashes_.data(), hashes_.size() * sizeof(hashes_.front()));
  if (status == run_status::failed)
    self_->send(logger_, note_event{"failed", outcome_.message});
  self_->send(topology_, stop_actor{});
  // The host first: what it has still goes to the logger.
  self_->request(host_, spec_->grace, stop_actor{})
      .then([this](const actor_stopped&) { stop_logger(); }, [this](const caf::error&) { stop_logger(); });
}

void experiment_state::stop_logger() {
  self_->request(logger_, spec_->grace, stop_actor{})
      .then([this](const actor_stopped& answer) { tell_outcome(answer.error); },
            [this](const caf::error&) { tell_outcome("the metric logger did not answer in time"); });
}

void experiment_state::tell_outcome(const std::string& trouble) {
  if (!trouble.empty() && outcome_.status != run_status::failed) {
    outcome_.status = run_status::failed;
    outcome_.message = trouble;
  }
  ended_(std::move(outcome_));
  self_->quit();
}

} // namespace rhizome::actors
