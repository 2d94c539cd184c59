#include "actors/experiment.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include <xxhash.h>

#include "actors/connector.hpp"
#include "actors/host.hpp"
#include "actors/metric_logger.hpp"

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
  when_lost(self_, [this](const std::string& reason, const caf::actor_addr& who) {
    for (host_id id = 1; id < members_.size(); ++id)
      if ((members_[id].host && who == members_[id].host.address()) ||
          (members_[id].is == member::state::calling && members_[id].gate && who == members_[id].gate.address())) {
        if (ending_)
          has_stopped(id); // it will not answer
        else
          lose(id, "the connection was closed");
        return;
      }
    if (!members_.empty() &&
        (who == logger_.address() || who == members_[0].host.address() || !topology_ || who == topology_.address()))
      finish(run_status::failed, fmt::format("a part of the run has died: {}", reason));
  });
  hashes_.assign(spec_->context->nodes, 0);
  last_progress_ = clock::now();
  start_here();
  tell_later(self_, look_every, look{});
  return {
      [this](const host_ready& message) { take(message); },
      [this](const rounds_over& times) { rounds_are_over(times); },
      [this](const rounds_passed& message) {
        if (message.rounds == 1)
          outcome_.seconds_first_round = std::chrono::duration<double>(clock::now() - begun_).count();
      },
      [this](const nodes_changed& change) {
        if (change.up)
          note("back",
               fmt::format("{} takes part again from round {} on.", members_.at(change.host).name, change.round + 1));
      },
      [this](const average_result& message) { outcome_.average = message.model; },
      [this](const model_distances& message) { self_->send(members_[0].host, message); },
      [this](const rounds_stored& message) { stored(message.rounds); },
      [this](const host_progress& message) { take(message); },
      [this](const peer_lost& message) { judge(message); },
      [this](const run_failed& message) { finish(run_status::failed, message.error); },
      [this](const stall_report& message) { take(message); },
      [this](const note_event& message) { self_->send(logger_, message); },
      [this](const interrupt_run&) { interrupt(); },
      [this](const rounds_at_rest& message) {
        rest_at_ = message.rounds;
        end_if_at_rest();
      },
      [this](const look&) {
        if (ending_)
          return;
        judge_complaints();
        call_those_away();
        check_progress();
        tell_later(self_, look_every, look{});
      },
  };
}

void experiment_state::start_here() {
  const auto& cluster = spec_->cluster;
  logger_ =
      spawn_metric_logger(self_->system(), spec_->control, {experiment_actor(self_), spec_->context, spec_->recorder});
  watch(self_, logger_);
  members_.resize(1 + cluster.hosts.size());
  members_[0].name = cluster.own_name;
  members_[0].cores = std::max(1U, std::thread::hardware_concurrency());
  for (host_id id = 1; id < members_.size(); ++id)
    members_[id].name = cluster.hosts[id - 1];
  if (cluster.hosts.empty()) {
    place_nodes();
    return;
  }
  connector_ = cluster.make_connector
                   ? cluster.make_connector(self_->system())
                   : spawn_connector(self_->system(), spec_->control, cluster.network.tls.has_value());
  for (host_id id = 1; id < members_.size(); ++id)
    call(id);
}

void experiment_state::begin_rounds() {
  if (ending_ || std::exchange(begun_rounds_, true))
    return;
  last_progress_ = begun_ = clock::now();
  self_->send(logger_, begin_run{});
  for (const auto& m : members_)
    self_->send(m.host, begin_run{});
  self_->send(topology_, begin_run{});
}

void experiment_state::rounds_are_over(const rounds_over& times) {
  using seconds = std::chrono::duration<double>;
  for (const auto& [node, hash] : times.hashes)
    hashes_.at(node) = hash;
  outcome_.seconds_rounds = std::max(outcome_.seconds_rounds, seconds(times.wall).count());
  outcome_.seconds_evaluation += seconds(times.evaluation).count();
  outcome_.seconds_sharing += seconds(times.sharing).count();
  trainers_time_ += times.wall * times.trainers - times.evaluation;
  training_time_ += times.training;
  outcome_.overhead = 1 - seconds(training_time_) / seconds(trainers_time_);
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
  note("interrupted", "Interrupted: the rounds in flight are finished first; a second Ctrl-C ends the run at once.");
  if (begun_rounds_)
    self_->send(topology_, freeze_rounds{});
  else
    finish(run_status::interrupted, "interrupted before the first round.");
}

void experiment_state::end_if_at_rest() {
  if (rest_at_ && outcome_.rounds >= *rest_at_)
    finish(run_status::interrupted, fmt::format("interrupted after round {}; its metrics are stored.", *rest_at_));
}

bool experiment_state::has_progressed() {
  auto jobs = spec_->jobs_done->load();
  for (const auto& m : members_)
    jobs += m.jobs_done;
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
  if (!begun_rounds_) {
    if (members_.size() > 1 && still_for > 2 * spec_->cluster.join_timeout)
      finish(run_status::failed, "the hosts were not ready in time.");
    return;
  }
  if (interrupted_ && still_for > spec_->grace)
    finish(run_status::interrupted,
           fmt::format("interrupted within round {}; complete rounds are stored.", outcome_.rounds + 1));
  else if (still_for > spec_->stall_timeout + spec_->grace) // a host does not answer either
    end_if_stalled();
  else if (still_for >= spec_->stall_timeout && !std::exchange(stalled_, true)) {
    stall_answers_.clear();
    for (host_id id = 0; id < members_.size(); ++id)
      if (takes_part(id)) {
        stall_answers_missing_.insert(id);
        self_->send(members_[id].host, ask_status{});
      }
  }
}

void experiment_state::take(const host_progress& message) {
  auto& m = members_.at(message.host);
  if (!m.host)
    return; // it is lost by now
  m.bytes_sent = message.bytes_sent;
  if (message.host != 0) // the jobs of this process are counted where they are done
    m.jobs_done = message.jobs_done;
}

void experiment_state::take(const stall_report& report) {
  stall_answers_.insert(stall_answers_.end(), report.nodes.begin(), report.nodes.end());
  stall_answers_missing_.erase(report.host);
  if (stall_answers_missing_.empty())
    end_if_stalled();
}

void experiment_state::end_if_stalled() {
  if (!stalled_ || has_progressed())
    return; // it goes on after all
  auto who = describe_stall(std::move(stall_answers_));
  for (const host_id id : stall_answers_missing_)
    who += fmt::format("; {} does not answer", members_[id].name);
  finish(run_status::failed, fmt::format("the run has made no progress for {:.0f} s: {} ({} jobs were done).",
                                         std::chrono::duration<double>(spec_->stall_timeout).count(), who, jobs_seen_));
}

void experiment_state::finish(run_status status, std::string message) {
  if (std::exchange(ending_, true))
    return;
  outcome_.status = status;
  outcome_.message = std::move(message);
  if (status == run_status::done)
    outcome_.parameters_hash = XXH3_64bits(hashes_.data(), hashes_.size() * sizeof(hashes_.front()));
  if (status == run_status::failed)
    note("failed", outcome_.message);
  tell(self_, topology_, stop_actor{});
  // The hosts first: what they have still goes to the logger.
  for (host_id id = 0; id < members_.size(); ++id)
    if (members_[id].host)
      stops_missing_.insert(id);
  if (stops_missing_.empty())
    stop_logger();
  for (const host_id id : stops_missing_)
    self_->request(members_[id].host, spec_->grace, stop_actor{})
        .then([this, id](const actor_stopped&) { has_stopped(id); },
              [this, id](const caf::error&) { has_stopped(id); });
}

void experiment_state::has_stopped(host_id id) {
  if (stops_missing_.erase(id) > 0 && stops_missing_.empty())
    stop_logger();
}

void experiment_state::note(std::string kind, std::string text) {
  self_->send(logger_, note_event{std::move(kind), std::move(text)});
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
  for (const auto& m : members_)
    outcome_.bytes_wire += m.bytes_sent_before + m.bytes_sent;
  tell(self_, connector_, stop_actor{});
  ended_(std::move(outcome_));
  self_->quit();
}

} // namespace rhizome::actors
