#include "actors/run.hpp"

#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include <caf/send.hpp>

#include "actors/experiment.hpp"

namespace rhizome::actors {

namespace {

using clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds look_every{50};

/// The actor system of one run, taken down by a thread of its own so that a hanging actor cannot hang the process.
class disposable_system {
public:
  disposable_system() : system_(std::make_unique<caf::actor_system>(config_)) {}
  caf::actor_system& operator*() { return *system_; }

  /// Waits for the actors to end; false: they did not within `grace`.
  static bool dispose(std::unique_ptr<disposable_system> system, std::chrono::milliseconds grace) {
    std::promise<void> gone;
    auto done = gone.get_future();
    std::thread(
        [](std::unique_ptr<disposable_system> s, std::promise<void> p) {
          s.reset();
          p.set_value();
        },
        std::move(system), std::move(gone))
        .detach();
    return done.wait_for(grace) == std::future_status::ready;
  }

private:
  system_config config_;
  std::unique_ptr<caf::actor_system> system_;
};

} // namespace

system_config::system_config() {
  set_scheduler_policy(*this, "sharing"); // sleeps on a condition variable: an idle worker costs the trainers nothing
  set_option(*this, "scheduler.max-threads", std::size_t{1});
  set_option(*this, "scheduler.max-throughput", std::size_t{10});
}

finished_run run_experiment(run_spec spec, const interrupt_count& interrupts) {
  const auto grace = spec.grace;
  const auto promise = std::make_shared<std::promise<run_outcome>>();
  auto outcome = promise->get_future();
  auto system = std::make_unique<disposable_system>();
  auto experiment = spawn_experiment(**system, std::make_shared<const run_spec>(std::move(spec)),
                                     [promise](run_outcome o) { promise->set_value(std::move(o)); });
  // Two requests, the host's and the logger's, each with the grace period, and one more for the trainers' last job.
  const auto patience = 3 * grace;
  unsigned told = 0;
  std::optional<clock::time_point> deadline;
  while (outcome.wait_for(look_every) != std::future_status::ready) {
    const unsigned asked = interrupts();
    if (asked > told) {
      told = asked;
      caf::anon_send(experiment, interrupt_run{});
      deadline = clock::now() + patience;
    }
    if (deadline && clock::now() > *deadline)
      return {{run_status::interrupted, "interrupted; the run's actors did not end in time."}, true};
  }
  finished_run result{outcome.get(), false};
  experiment = nullptr;
  result.abandoned = !disposable_system::dispose(std::move(system), patience);
  return result;
}

} // namespace rhizome::actors
