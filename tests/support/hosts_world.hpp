#pragma once

// A run over several hosts in one process, under CAF's deterministic scheduler: the hosts' gates are reached through a
// connector that knows them all. Links carry their chunks by reference; everything else is as over a network.

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "actors/gate.hpp"
#include "tests/support/actor_world.hpp"

namespace rhizome::test {

/// Finds gates by their names. A name without a gate is not there.
class fake_connector {
public:
  using handle = actors::connector_actor;
  static inline const char* name = "connector";
  using gates = std::map<std::string, actors::gate_actor>;

  explicit fake_connector(actors::self_pointer<handle> self) : self_(self) {}
  void prepare(std::shared_ptr<const gates> all) { all_ = std::move(all); }
  handle::behavior_type make_behavior() {
    return {
        [this](const actors::connect_to& request) {
          const auto found = all_->find(request.endpoint);
          if (found == all_->end() || !found->second)
            return actors::connected{fmt::format("nobody listens at {}", request.endpoint), nullptr};
          return actors::connected{{}, caf::actor_cast<caf::strong_actor_ptr>(found->second)};
        },
        [](const actors::disconnect_from&) {},
        [](const actors::look&) {},
        [this](const actors::stop_actor&) { self_->quit(); },
    };
  }

private:
  actors::self_pointer<handle> self_;
  std::shared_ptr<const gates> all_;
};

/// What is spread over the hosts.
struct hosts_options {
  std::uint32_t lent = 2;
  bool local = true; ///< the starting machine carries nodes too
  bool round_robin = false;
  config::failure_policy on_failure = config::failure_policy::abort;
  std::chrono::milliseconds join_timeout{60'000};
};

class hosts_world {
public:
  hosts_world(test_run run, const hosts_options& options) : run_(std::move(run)), system_(config_) {
    auto& spec = run_.spec;
    spec.control = actors::threading::scheduled;
    auto& cluster = spec.cluster;
    for (std::uint32_t i = 1; i <= options.lent; ++i)
      cluster.hosts.push_back(fmt::format("host{}:1", i));
    cluster.place = [nodes = spec.context->nodes, options](std::span<const std::uint32_t> cores) {
      const std::uint32_t first = options.local ? 0 : 1;
      const auto carriers = static_cast<std::uint32_t>(cores.size()) - first;
      std::vector<network::host_id> host_of;
      for (node_id node = 0; node < nodes; ++node)
        host_of.push_back(first + (options.round_robin ? node % carriers : node * carriers / nodes));
      return result<network::placement>(network::placement(host_of, static_cast<network::host_id>(cores.size())));
    };
    cluster.make_connector = [this](caf::actor_system&) { return connector(); };
    cluster.build = {"1", "libraries", "instructions"};
    cluster.chunk_size = 16; // bytes: a model of six values takes several
    cluster.window = 64;
    cluster.on_failure = options.on_failure;
    cluster.join_timeout = options.join_timeout;
    cluster.retry = std::chrono::seconds(3);
    for (const auto& name : cluster.hosts)
      start(name);
  }

  hosts_world(const hosts_world&) = delete;
  hosts_world& operator=(const hosts_world&) = delete;
  ~hosts_world() {
    for (const auto& [name, gate] : *gates_)
      if (gate)
        actors::post(gate, actors::stop_actor{});
    for (const auto& c : connectors_)
      actors::post(c, actors::stop_actor{});
    run();
  }

  /// A lent process, perhaps again.
  void start(const std::string& name) {
    actors::gate_options gate;
    gate.build = build;
    gate.connector = connector();
    gate.control = actors::threading::scheduled;
    gate.log = [this, name](const std::string& line) { lines.push_back(name + ": " + line); };
    gate.build_run = [this](const std::string&) -> result<actors::run_spec> {
      auto spec = run_.spec;
      spec.recorder = nullptr;
      spec.jobs_done = std::make_shared<std::atomic<std::uint64_t>>(0);
      spec.cluster.data_checksum = data_checksum;
      return spec;
    };
    (*gates_)[name] = actors::spawn_gate(system_, actors::threading::scheduled, std::move(gate));
  }

  void begin() {
    experiment_ = actors::spawn_experiment(system_, std::make_shared<const actors::run_spec>(run_.spec),
                                           [this](actors::run_outcome o) { outcome_ = std::move(o); });
  }

  /// Runs until nothing is left to do but timers, or at most so many steps.
  void run(
      const actor_world::choice& choose = [](const auto&) { return std::size_t{0}; },
      std::size_t limit = ~std::size_t{0}) {
    auto& jobs = scheduler().jobs;
    for (; limit > 0 && !jobs.empty(); --limit) {
      const auto chosen = jobs.begin() + static_cast<std::ptrdiff_t>(choose(jobs));
      std::rotate(jobs.begin(), chosen, chosen + 1);
      scheduler().run_once();
    }
  }

  /// Lets time pass and everything happen that follows, until the run has ended.
  void run_to_the_end(const actor_world::choice& choose) {
    run(choose);
    for (int i = 0; i < 400 && !outcome_; ++i) {
      scheduler().advance_time(std::chrono::milliseconds(250));
      run(choose);
    }
  }

  /// Everything of a lent process is gone at once, as with kill -9.
  void kill(const std::string& name) {
    caf::anon_send_exit((*gates_)[name], caf::exit_reason::kill);
    (*gates_)[name] = nullptr;
  }

  [[nodiscard]] const std::optional<actors::run_outcome>& outcome() const { return outcome_; }
  [[nodiscard]] memory_recorder& recorder() { return *run_.recorder; }

  actors::build_identity build{"1", "libraries", "instructions"}; ///< of the hosts that start from now on
  std::uint64_t data_checksum = 0;                                ///< likewise
  std::vector<std::string> lines;                                 ///< what the gates have said

private:
  struct config : caf::actor_system_config {
    config() {
      actors::set_scheduler_policy(*this, "testing");
      actors::load_network(*this, {});
    }
  };

  actors::connector_actor connector() {
    connectors_.push_back(actors::spawn_actor<fake_connector>(
        system_, actors::threading::scheduled, [all = gates_](fake_connector& state) { state.prepare(all); }));
    return connectors_.back();
  }
  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  }

  test_run run_;
  std::shared_ptr<fake_connector::gates> gates_ = std::make_shared<fake_connector::gates>();
  config config_;
  caf::actor_system system_;
  std::vector<actors::connector_actor> connectors_;
  actors::experiment_actor experiment_;
  std::optional<actors::run_outcome> outcome_;
};

} // namespace rhizome::test
