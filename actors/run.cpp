#include "actors/run.hpp"

#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include <caf/send.hpp>

#include "actors/experiment.hpp"
#include "actors/network_closure.hpp"
#include "actors/system_config.hpp"

namespace rhizome::actors {

namespace {

using clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds look_every{50};

/// Runs the experiment in an actor system of the calling thread. CAF's system has to be taken down by the thread that
/// has made it: a thread-local reference would keep it waiting for ever. `ended` gets the outcome before that.
void run_in_own_system(run_spec spec, const interrupt_count& interrupts, std::promise<finished_run> ended) {
  // two requests, the host's and the logger's, each with the grace period, and one more for the trainers' last job
  const auto patience = 3 * spec.grace;
  const auto promise = std::make_shared<std::promise<run_outcome>>();
  auto outcome = promise->get_future();
  const auto network = spec.cluster.network;
  system_config config(network);
  network_closure closure;
  caf::actor_system system(config);
  {
    const auto experiment = spawn_experiment(system, std::make_shared<const run_spec>(std::move(spec)),
                                             [promise](run_outcome o) { promise->set_value(std::move(o)); });
    // An experiment that dies of an exception has told nobody.
    experiment->attach_functor([promise](const caf::error&) {
      try {
        promise->set_value({run_status::failed, "the experiment actor has died unexpectedly; see the messages above."});
      } catch (const std::future_error&) { // the usual case: it has told its outcome before
      }
    });
    unsigned told = 0;
    std::optional<clock::time_point> deadline;
    while (outcome.wait_for(look_every) != std::future_status::ready) {
      if (deadline && clock::now() > *deadline) {
        ended.set_value({{run_status::interrupted, "interrupted; the run's actors did not end in time."},
                         finished_run::ending::untold});
        return;
      }
      if (const unsigned asked = interrupts(); asked > told) {
        // The first lets the rounds in flight end, which the experiment watches; the second ends the run at once.
        while (told < asked && told < 2) {
          caf::anon_send(experiment, interrupt_run{});
          ++told;
        }
        if (told == 2 && !deadline)
          deadline = clock::now() + patience;
        told = asked;
      }
    }
  }
  ended.set_value({outcome.get(), finished_run::ending::complete});
  if (network.enabled)
    closure.begin(system, network.tls.has_value());
}

} // namespace

finished_run run_experiment(run_spec spec, const interrupt_count& interrupts) {
  const auto patience = 3 * spec.grace;
  std::promise<finished_run> ended;
  std::promise<void> gone;
  auto result = ended.get_future();
  auto taken_down = gone.get_future();
  std::thread owner(
      [&interrupts](run_spec s, std::promise<finished_run> e, std::promise<void> g) {
        run_in_own_system(std::move(s), interrupts, std::move(e));
        g.set_value();
      },
      std::move(spec), std::move(ended), std::move(gone));
  auto finished = result.get();
  using ending = finished_run::ending;
  if (finished.left == ending::complete && taken_down.wait_for(patience) != std::future_status::ready)
    finished.left = ending::abandoned;
  if (finished.left == ending::complete)
    owner.join();
  else
    owner.detach();
  return finished;
}

} // namespace rhizome::actors
