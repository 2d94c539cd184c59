#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/support/cluster.hpp"

namespace rhizome::tests {

using namespace std::chrono_literals;

/// How long something may take that should happen at once: the machine may be busy.
inline constexpr std::chrono::seconds soon{10};
/// cluster.liveness of these runs, unless a test says otherwise.
inline constexpr std::chrono::seconds liveness{1};

/// A run of nine nodes on three machines: 0, 1 and 2 on the one that starts it, three on each of two lent hosts. Every
/// round is evaluated on every node, so that the store shows who has taken part in it.
struct three_machines {
  scratch_directory scratch;
  lent_host first;
  lent_host second;

  explicit three_machines(const host_start& a = {}, const host_start& b = {})
      : first(scratch.path(), a), second(scratch.path(), b) {}

  [[nodiscard]] std::string hosts() const { return addresses_of({&first, &second}); }

  /// Writes the configuration and returns its name.
  [[nodiscard]] std::string configure(std::uint32_t rounds) const {
    return scratch.write("run.toml", fmt::format(R"([experiment]
name = "failures"
nodes = 9
rounds = {}

[data]
dataset = "synthetic-classes"
samples_per_node = 32

[model]
name = "logistic-regression"

[training]
local_steps = 100

[topology]
name = "regular"
degree = 4
dynamic = true

[evaluation]
every = 1
nodes = 9
samples = 10

[runtime]
threads = 1

[cluster]
liveness = {}
retry = 0.3
)",
                                                 rounds, liveness.count()));
  }

  /// Starts a run with --set for each of the settings.
  [[nodiscard]] std::unique_ptr<background_run> start(std::uint32_t rounds,
                                                      const std::vector<std::string>& settings = {}) const {
    std::vector<std::string> arguments = {configure(rounds), "--hosts", hosts()};
    for (const auto& setting : settings)
      arguments.insert(arguments.end(), {"--set", setting});
    return std::make_unique<background_run>(arguments, scratch.path());
  }

  [[nodiscard]] bool is_idle(const lent_host& host, std::chrono::milliseconds limit = liveness + soon) const {
    return becomes_idle(host.address(), scratch.path(), limit);
  }

  /// A short run on both hosts.
  [[nodiscard]] bool can_be_used() const {
    const auto run = start(5);
    return run->wait() == 0 && run->summary().at("rounds") == 5;
  }
};

/// A number of rounds that a run never reaches.
inline constexpr std::uint32_t endless = 1'000'000'000;
/// Rounds for several seconds.
inline constexpr std::uint32_t many = 300;

inline const std::set<node_id> everybody = {0, 1, 2, 3, 4, 5, 6, 7, 8};
inline const std::set<node_id> without_first = {0, 1, 2, 6, 7, 8};
inline const std::set<node_id> without_second = {0, 1, 2, 3, 4, 5};

/// The nodes that have taken part in a round, by the store.
[[nodiscard]] inline std::set<node_id> participants(const results::store& store, std::size_t round) {
  std::set<node_id> ids;
  const auto nodes = store.nodes();
  REQUIRE(nodes);
  for (const auto& node : *nodes)
    if (node.round == round)
      ids.insert(node.node);
  return ids;
}

/// How many rounds are stored: 1, 2, ... without a gap.
[[nodiscard]] inline std::uint32_t count_complete_rounds(const results::store& store) {
  const auto rounds = store.rounds();
  REQUIRE(rounds);
  for (std::uint32_t i = 0; i < rounds->size(); ++i)
    REQUIRE((*rounds)[i].round == i + 1);
  return static_cast<std::uint32_t>(rounds->size());
}

/// The same, and every node has taken part in each of them.
[[nodiscard]] inline std::uint32_t count_full_rounds(const results::store& store) {
  const auto count = count_complete_rounds(store);
  REQUIRE(store.nodes().value().size() == count * everybody.size());
  return count;
}

/// Seconds from the object's construction.
class stopwatch {
public:
  [[nodiscard]] std::chrono::milliseconds read() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start_);
  }

private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

} // namespace rhizome::tests
