// What a receiver that takes nothing in costs the hosts that send to it: memory within a bound that the run's size
// gives.
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <string>
#include <thread>

#include "tests/cli/cluster_failures.hpp"

using namespace rhizome;
using namespace rhizome::tests;

namespace {

constexpr std::uint32_t hosts = 3; // the starting machine is one of them
constexpr std::uint32_t nodes_of_host = 32;
constexpr std::uint32_t features = 512;
constexpr std::uint32_t hidden = 1024;
constexpr std::uint32_t classes = 10;
constexpr std::uint32_t rounds = 24;
constexpr std::size_t pause_after = 8; // rounds
constexpr std::chrono::seconds pause_length{30};

constexpr std::size_t mebibyte = std::size_t{1} << 20;
constexpr std::size_t model_size = sizeof(float) * (features * hidden + hidden + hidden * classes + classes);
constexpr std::size_t bound = 400 * mebibyte + nodes_of_host * 4 * model_size + (hosts - 1) * 64 * mebibyte;

std::string experiment() {
  return fmt::format(R"([experiment]
name = "memory"
nodes = {}
rounds = {}

[data]
dataset = "synthetic-classes"
features = {}
classes = {}
samples_per_node = 16

[model]
name = "mlp"
hidden = [{}]

[topology]
name = "regular"
degree = 5
dynamic = true

[evaluation]
on = "none"
consensus = false

[runtime]
threads = 1

[cluster]
liveness = 60
)",
                     hosts * nodes_of_host, rounds, features, classes, hidden);
}

/// A line of /proc/PID/status in bytes: VmRSS, what is resident now, or VmHWM, the most that ever was.
std::size_t memory_of(pid_t process, const std::string& line) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string word; status >> word;)
    if (std::size_t kibibytes = 0; word == line + ":" && status >> kibibytes)
      return kibibytes * 1024;
  return 0;
}

} // namespace

TEST_CASE("while a receiver is paused for 30 s no host takes more than models and windows, and the bits are the same") {
  const scratch_directory scratch;
  const auto file = scratch.write("memory.toml", experiment());
  const auto undisturbed = run_experiment({file, "--output", "alone"}, scratch.path());

  lent_host other(scratch.path());
  lent_host paused(scratch.path());
  background_run run({file, "--hosts", addresses_of({&other, &paused})}, scratch.path());
  const pid_t sending[] = {run.program().id(), other.program().id()};
  REQUIRE(run.stores_rounds(pause_after, 90s));

  paused.signal(SIGSTOP);
  std::size_t during[] = {0, 0}; // the most of each
  for (const stopwatch since; since.read() < pause_length; std::this_thread::sleep_for(200ms))
    for (std::size_t i = 0; i < 2; ++i)
      during[i] = std::max(during[i], memory_of(sending[i], "VmRSS"));
  CHECK(run.rounds_stored() < rounds); // it was in the middle of things
  paused.signal(SIGCONT);

  CHECK(run.wait() == 0);
  CAPTURE(run.program().errors());
  const auto summary = run.summary();
  CHECK(summary.at("status") == "done");
  CHECK(summary.at("parameters_hash") == undisturbed.at("parameters_hash"));
  CHECK_FALSE(run.find_event("lost"));

  const auto of_starter = summary.at("peak_rss_bytes").get<std::size_t>();
  const auto of_other = memory_of(other.program().id(), "VmHWM");
  const auto of_paused = memory_of(paused.program().id(), "VmHWM");
  MESSAGE("MiB of at most ", bound / mebibyte, ": starting machine ", during[0] / mebibyte, " during the pause and ",
          of_starter / mebibyte, " at its peak, the other host ", during[1] / mebibyte, " and ", of_other / mebibyte,
          ", the paused one ", of_paused / mebibyte, " at its peak");
  for (const auto memory : {during[0], during[1], of_starter, of_other, of_paused}) {
    CHECK(memory > 0);
    CHECK(memory < bound);
  }
}
