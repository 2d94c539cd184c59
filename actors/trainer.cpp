#include "actors/trainer.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace rhizome::actors {

namespace {

/// A job that only evaluates: its time is known while it runs.
bool only_evaluates(const learning::job& job) {
  return !job.steps.empty() && std::ranges::all_of(job.steps, [](const learning::step& s) {
    return std::holds_alternative<learning::evaluate_step>(s);
  });
}

} // namespace

trainer_actor spawn_trainer(caf::actor_system& system, threading where, trainer_options options) {
  return spawn_actor<trainer_state>(system, where,
                                    [options = std::move(options)](trainer_state& state) { state.prepare(options); });
}

trainer_actor::behavior_type trainer_state::make_behavior() {
  make_module();
  return {
      [this](const run_job& request) { run(request); },
      [this](const stop_actor&) { self_->quit(); },
  };
}

void trainer_state::make_module() {
  try {
    runner_.emplace(options_.models->make_trainer(), options_.pool);
    self_->send(options_.queue, trainer_ready{options_.number});
  } catch (const std::exception& e) {
    self_->send(options_.queue, trainer_failed{e.what()});
  }
}

void trainer_state::run(const run_job& request) {
  auto& times = (*options_.clock)[options_.number];
  const auto node = request.job->node;
  const auto round = request.job->round;
  if (only_evaluates(*request.job))
    times.evaluating_since = std::chrono::steady_clock::now().time_since_epoch().count();
  options_.pool->touch_reserved(); // the first jobs do; the rest find nothing
  job_done answer{request.token, nullptr, {}};
  try {
    answer.result = std::make_shared<learning::job_result>(runner_->run(std::move(*request.job)));
  } catch (const std::exception& e) {
    answer.error = fmt::format("a job of node {} in round {} failed: {}", node, round, e.what());
  }
  publish_times();
  self_->send(request.client, std::move(answer));
  self_->send(options_.queue, trainer_ready{options_.number});
}

void trainer_state::publish_times() {
  auto& times = (*options_.clock)[options_.number];
  times.evaluating_since = 0;
  times.training = runner_->times().training.count();
  times.evaluation = runner_->times().evaluation.count();
  times.sharing = runner_->times().sharing.count();
  options_.clock->job_done();
}

} // namespace rhizome::actors
