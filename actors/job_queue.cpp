#include "actors/job_queue.hpp"

#include <algorithm>
#include <utility>

namespace rhizome::actors {

job_queue_actor spawn_job_queue(caf::actor_system& system, job_queue_options options) {
  return spawn_actor<job_queue_state>(system, threading::scheduled,
                                      [options](job_queue_state& state) { state.prepare(options); });
}

job_queue_actor::behavior_type job_queue_state::make_behavior() {
  spawn_trainers();
  return {
      [this](const run_job& request) { take(request); },
      [this](const trainer_ready& ready) { credit(ready.trainer); },
      [this](const trainer_failed& failed) {
        self_->send(options_.host, run_failed{fmt::format("a trainer could not be made: {}", failed.error)});
      },
      [this](const stop_actor&) { stop(); },
  };
}

void job_queue_state::spawn_trainers() {
  credit_.assign(options_.trainers, 0);
  for (std::uint32_t i = 0; i < options_.trainers; ++i)
    trainers_.push_back(spawn_trainer(self_->system(), options_.where,
                                      {i, options_.models, options_.pool, job_queue_actor(self_), options_.clock}));
}

void job_queue_state::take(const run_job& request) {
  jobs_.push_back(request);
  hand_out();
}

void job_queue_state::hand_out() {
  *options_.waiting = jobs_.size();
  while (!jobs_.empty()) {
    // the trainer with the fewest jobs; the first of several
    const auto most = std::ranges::max_element(credit_);
    if (*most == 0)
      return;
    --*most;
    self_->send(trainers_[static_cast<std::size_t>(most - credit_.begin())], std::move(jobs_.front()));
    jobs_.pop_front();
  }
}

void job_queue_state::credit(std::uint32_t trainer) {
  if (modules_ < options_.trainers) { // its first message: the module is made
    credit_[trainer] = prefetch;
    if (++modules_ == options_.trainers)
      self_->send(options_.host, trainer_ready{});
  } else {
    ++credit_[trainer];
  }
  hand_out();
}

void job_queue_state::stop() {
  jobs_.clear();
  for (const auto& trainer : trainers_)
    self_->send(trainer, stop_actor{});
  self_->quit();
}

} // namespace rhizome::actors
