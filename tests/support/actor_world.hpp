#pragma once

// Runs an experiment's actors under CAF's deterministic scheduler: one thread, and the test chooses who runs next.

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>

#include "actors/caf_network.hpp"
#include "actors/experiment.hpp"
#include "actors/run.hpp"
#include "core/learning/registry.hpp"
#include "core/sharing/codecs/registry.hpp"
#include "core/sharing/registry.hpp"
#include "tests/support/mixing.hpp"
#include "tests/support/quadratic_trainer.hpp"

namespace rhizome::test {

/// Keeps what is recorded; fails on demand.
class memory_recorder final : public actors::run_recorder {
public:
  std::vector<results::round_record> rounds;
  std::vector<results::node_record> nodes;
  std::vector<results::event_record> events;
  std::optional<std::uint32_t> fails_at; ///< the round whose storing fails

  result<void> record(const results::round_record& round, std::vector<results::node_record> of_nodes) override {
    if (fails_at && *fails_at == round.round)
      return fail(error_kind::failed, "the disk is full.");
    rounds.push_back(round);
    nodes.insert(nodes.end(), of_nodes.begin(), of_nodes.end());
    return {};
  }
  result<void> record(const results::event_record& event) override {
    events.push_back(event);
    return {};
  }
};

/// What a test run is made of.
struct world_options {
  std::uint32_t nodes = 8;
  std::uint32_t rounds = 5;
  std::string algorithm = "d-psgd";
  bool dynamic = false;
  float momentum = 0;
  std::uint32_t threads = 2;
  std::uint32_t every = 2;
};

/// A run on quadratics, on a ring or on fresh random cycles each round.
struct test_run {
  std::shared_ptr<quadratic_runtime> models;
  std::shared_ptr<memory_recorder> recorder = std::make_shared<memory_recorder>();
  actors::run_spec spec;

  explicit test_run(world_options o, quadratic_runtime::problem problem) {
    const auto roles = learning::find_algorithm(o.algorithm).roles(o.nodes);
    for (std::uint32_t r = 0; r < roles.size(); ++r)
      spec.roles.insert(spec.roles.end(), roles[r].count, r);
    o.nodes = static_cast<std::uint32_t>(spec.roles.size()); // a server comes on top
    models = std::make_shared<quadratic_runtime>(std::move(problem));
    auto context = std::make_shared<learning::run_context>();
    context->nodes = o.nodes;
    context->rounds = o.rounds;
    context->evaluation.rounds = o.rounds;
    context->evaluation.every = o.every;
    context->evaluation.nodes = learning::draw_evaluated_nodes(o.nodes, 3, 1);
    context->aggregation = learning::find_aggregation("weighted-mean").make({});
    context->make_strategy = [](node_id) { return sharing::find_strategy("full").make({}); };
    context->optimizer_vectors = models->optimizer_vectors();
    context->codec = config::defaults(sharing::codec_schema());
    spec.context = std::move(context);
    spec.algorithm = &learning::find_algorithm(o.algorithm);
    spec.models = models;
    spec.local_steps.assign(o.nodes, 2);
    const auto schema = learning::algorithm_schema();
    spec.algorithm_parameters = config::defaults(schema, o.algorithm);
    spec.views = [o](round_number round, const std::set<node_id>&) -> result<std::vector<learning::round_view_ptr>> {
      if (learning::find_algorithm(o.algorithm).graph != learning::graph_use::topology)
        return std::vector<learning::round_view_ptr>(o.nodes, std::make_shared<const learning::round_view>());
      const auto weights = metropolis_hastings(o.dynamic ? random_cycles(o.nodes, 2, 1, round) : ring(o.nodes));
      std::vector<learning::round_view_ptr> views;
      for (node_id i = 0; i < o.nodes; ++i)
        views.push_back(view_of(weights, i));
      return views;
    };
    spec.recorder = recorder;
    spec.shared_initial = false;
    spec.threads = o.threads;
  }

  explicit test_run(const world_options& o) : test_run(o, with_momentum(o)) {}

  /// The context of a run that has not started, to be changed.
  learning::run_context& context() { return const_cast<learning::run_context&>(*spec.context); }

private:
  static quadratic_runtime::problem with_momentum(const world_options& o) {
    std::uint32_t nodes = 0;
    for (const auto& role : learning::find_algorithm(o.algorithm).roles(o.nodes))
      nodes += role.count;
    auto problem = quadratic_runtime::random_problem(nodes, 6);
    problem.optimizer.momentum = o.momentum;
    return problem;
  }
};

/// The deterministic scheduler with one experiment.
class actor_world {
public:
  explicit actor_world(test_run run) : run_(std::move(run)), system_(config_) {
    run_.spec.control = actors::threading::scheduled;
    experiment_ = actors::spawn_experiment(system_, std::make_shared<const actors::run_spec>(run_.spec),
                                           [this](actors::run_outcome o) { outcome_ = std::move(o); });
  }

  /// Chooses among the waiting actors: an index into `jobs`.
  using choice = std::function<std::size_t(const std::deque<caf::resumable*>& jobs)>;

  /// Runs until nothing is left to do but timers; at most `limit` steps.
  void run(
      const choice& choose = [](const auto&) { return std::size_t{0}; }, std::size_t limit = ~std::size_t{0}) {
    auto& jobs = scheduler().jobs;
    for (; limit > 0 && !jobs.empty(); --limit) {
      const auto chosen = jobs.begin() + static_cast<std::ptrdiff_t>(choose(jobs));
      std::rotate(jobs.begin(), chosen, chosen + 1);
      scheduler().run_once();
    }
  }

  /// Lets time pass: timers become due.
  void advance(std::chrono::nanoseconds time) { scheduler().advance_time(time); }

  void interrupt() { caf::anon_send(experiment_, actors::interrupt_run{}); }

  [[nodiscard]] const std::optional<actors::run_outcome>& outcome() const { return outcome_; }
  [[nodiscard]] memory_recorder& recorder() { return *run_.recorder; }
  [[nodiscard]] test_run& run_options() { return run_; }

  /// A choice that lets the k-th node (in order of spawning) run only when nothing else can.
  [[nodiscard]] static choice delaying_node(std::size_t k) {
    return [k, nodes = std::set<caf::actor_id>()](const std::deque<caf::resumable*>& jobs) mutable {
      for (auto* job : jobs)
        if (const auto* actor = node_of(job))
          nodes.insert(actor->id());
      const auto delayed =
          nodes.size() > k ? std::optional(*std::next(nodes.begin(), static_cast<long>(k))) : std::nullopt;
      const auto other = std::find_if(jobs.begin(), jobs.end(), [&](caf::resumable* job) {
        const auto* actor = node_of(job);
        return !actor || actor->id() != delayed;
      });
      return other == jobs.end() ? std::size_t{0} : static_cast<std::size_t>(other - jobs.begin());
    };
  }

private:
  struct config : caf::actor_system_config {
    config() {
      actors::set_scheduler_policy(*this, "testing");
      actors::load_network(*this, {});
    }
  };

  static const caf::local_actor* node_of(caf::resumable* job) {
    const auto* actor = dynamic_cast<caf::local_actor*>(job);
    return actor && std::string_view(actor->name()) == "node" ? actor : nullptr;
  }

  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  }

  test_run run_;
  config config_;
  caf::actor_system system_;
  actors::experiment_actor experiment_;
  std::optional<actors::run_outcome> outcome_;
};

} // namespace rhizome::test
