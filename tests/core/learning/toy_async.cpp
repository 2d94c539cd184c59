// Asynchronous toys: AD-PSGD (Lian et al., 2018) by request and reply, and models that are pushed at random and merged
// at the receiver's own wake-up (SAMO; Touat et al., 2024).

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "core/random.hpp"
#include "tests/core/learning/toy_learner.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/quadratic_trainer.hpp"
#include "tests/support/toy_world.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;
using std::chrono::milliseconds;

namespace {

constexpr float rate = 0.05F;
constexpr auto request = fragment_kind::first_own;
constexpr auto reply = static_cast<fragment_kind>(17);
constexpr token update_token = 1, gradient_token = 2, wake_up = 3;

/// Even nodes are active: they compute a gradient at a snapshot, average with a random neighbour, and then apply it.
/// Odd nodes are passive: they answer requests while their own gradients are computed. Updates of the model queue.
class ad_psgd_learner final : public toy_learner {
public:
  using toy_learner::toy_learner;

private:
  struct update {
    float own;
    snapshot other;
    float weight;
  };

  bool active() const { return id() % 2 == 0; }

  void on_start(effects& out) override { out.emplace_back(need_round{0}); }

  void on_view(round_number r, round_view_ptr view, effects& out) override {
    if (r > 0)
      return; // handed out ahead of need; the graph is the same for ever
    view_ = std::move(view);
    start_gradient(out);
  }

  void on_timer(token, effects& out) override { start_gradient(out); }

  void start_gradient(effects& out) {
    job_builder job(id(), static_cast<round_number>(count_));
    const slot x = job.input(model_), g = job.fresh();
    job.add(gradient_step{x, g, {count_, 1}});
    job.output(g);
    out.emplace_back(compute{gradient_token, job.build()});
  }

  void on_fragment(fragment f, effects& out) override {
    if (f.kind == request) {
      requests_.push_back(std::move(f));
      next_update(out);
      return;
    }
    updates_.push_back({0.5F, f.body->values, 0.5F});
    apply_gradient(out);
  }

  void on_computed(token job, job_result result, effects& out) override {
    if (job == update_token) {
      updating_ = false;
      model_ = result.outputs.at(0);
      next_update(out);
      return;
    }
    gradient_ = result.outputs.at(0);
    if (!active()) {
      apply_gradient(out);
      return;
    }
    const auto& neighbours = view_->out;
    random_stream random(run().seed, purpose::algorithm, id(), static_cast<std::uint32_t>(count_));
    // The model does not change before the reply: an active node gets no requests.
    send_to({id(), static_cast<round_number>(count_), request, false, dense_payload(model_)},
            {neighbours[random.below(neighbours.size())].id}, out);
  }

  void apply_gradient(effects& out) {
    updates_.push_back({1.0F, std::exchange(gradient_, nullptr), -rate});
    if (++count_ < run().rounds)
      out.emplace_back(set_timer{wake_up, milliseconds(1)});
    else
      out.emplace_back(finished{});
    next_update(out);
  }

  /// One update at a time; a request is answered with the model as it is before it is merged.
  void next_update(effects& out) {
    if (updating_)
      return;
    if (updates_.empty() && !requests_.empty()) {
      auto f = std::move(requests_.front());
      requests_.pop_front();
      send_to({id(), f.round, reply, false, dense_payload(model_)}, {f.sender}, out);
      updates_.push_back({0.5F, f.body->values, 0.5F});
    }
    if (updates_.empty())
      return;
    const auto u = std::move(updates_.front());
    updates_.pop_front();
    updating_ = true;
    job_builder job(id(), static_cast<round_number>(count_));
    const slot x = job.input(model_), other = job.input(u.other), result = job.fresh();
    job.add(combine_step{result, {{x, u.own}, {other, u.weight}}});
    job.output(result);
    out.emplace_back(compute{update_token, job.build()});
  }

  round_view_ptr view_;
  std::deque<fragment> requests_;
  std::deque<update> updates_;
  snapshot gradient_;
  bool updating_ = false;
};

/// Every millisecond a node merges what has come since, the last model of each sender, trains, and pushes its own model
/// to a random neighbour, where it may take the place of an older one that is still under way.
class pushing_learner final : public toy_learner {
public:
  using toy_learner::toy_learner;

private:
  void on_start(effects& out) override { out.emplace_back(need_round{0}); }

  void on_view(round_number r, round_view_ptr view, effects& out) override {
    if (r > 0)
      return; // handed out ahead of need; the graph is the same for ever
    view_ = std::move(view);
    on_timer(wake_up, out);
  }

  void on_fragment(fragment f, effects&) override { received_[f.sender] = f.body->values; }

  void on_timer(token, effects& out) override {
    job_builder job(id(), static_cast<round_number>(count_));
    const float share = 1.0F / static_cast<float>(received_.size() + 1);
    combine_step merge{0, {{job.input(model_), share}}};
    for (auto& [sender, values] : std::exchange(received_, {}))
      merge.terms.emplace_back(job.input(values), share);
    merge.out = job.fresh();
    const slot x = merge.out;
    job.add(std::move(merge));
    job.add(train_step{x, {}, {count_, 1}, 0});
    job.output(x);
    out.emplace_back(compute{update_token, job.build()});
  }

  void on_computed(token, job_result result, effects& out) override {
    model_ = result.outputs.at(0);
    random_stream random(run().seed, purpose::algorithm, id(), static_cast<std::uint32_t>(count_));
    send_to({id(), static_cast<round_number>(count_), fragment_kind::model, true, dense_payload(model_)},
            {view_->out[random.below(view_->out.size())].id}, out);
    if (++count_ < run().rounds)
      out.emplace_back(set_timer{wake_up, milliseconds(1)});
    else
      out.emplace_back(finished{});
  }

  round_view_ptr view_;
  std::map<node_id, snapshot> received_;
};

std::vector<double> mean_of(const std::vector<std::vector<float>>& x) {
  std::vector<double> mean(x.front().size(), 0.0);
  for (const auto& row : x)
    for (std::size_t k = 0; k < row.size(); ++k)
      mean[k] += row[k] / static_cast<double>(x.size());
  return mean;
}

double farthest(const std::vector<std::vector<float>>& x, const std::vector<double>& from) {
  double result = 0;
  for (const auto& row : x)
    for (std::size_t k = 0; k < row.size(); ++k)
      result = std::max(result, std::abs(row[k] - from[k]));
  return result;
}

bool is_gradient(const job& j) {
  return !j.steps.empty() && std::holds_alternative<gradient_step>(j.steps.front());
}

} // namespace

TEST_CASE("AD-PSGD without gradients keeps the mean and reaches it, in any order of delivery") {
  constexpr std::uint32_t n = 8;
  auto problem = quadratic_runtime::random_problem(n, 3);
  problem.a.assign(n, 0.0F);
  const quadratic_runtime runtime(problem);
  toy_run run(runtime, toy_algorithm<ad_psgd_learner>(graph_use::topology), n, 80);
  run.options.views = static_views(metropolis_hastings(ring(n)));
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    run.options.shuffle = seed;
    const auto world = run.run();
    REQUIRE(world->all_finished());
    const auto mean = mean_of(problem.start), reached = mean_of(values_of(world->models()));
    for (std::size_t k = 0; k < 3; ++k)
      CHECK(reached[k] == doctest::Approx(mean[k]).epsilon(1e-5));
    CHECK(farthest(values_of(world->models()), mean) < 1e-3);
  }
}

TEST_CASE("AD-PSGD's passive side answers at once while its own gradient is being computed") {
  constexpr std::uint32_t n = 6, steps = 20;
  const quadratic_runtime runtime(quadratic_runtime::random_problem(n, 3));
  toy_run run(runtime, toy_algorithm<ad_psgd_learner>(graph_use::topology), n, steps);
  run.options.views = static_views(metropolis_hastings(ring(n)));
  run.options.record_sent = true;
  run.options.latency = milliseconds(1);
  run.options.compute_time = [](node_id node, const job& j) {
    return is_gradient(j) ? milliseconds(node % 2 == 0 ? 3 : 1000) : milliseconds(0);
  };
  const auto world = run.run();
  REQUIRE(world->all_finished());
  std::map<std::pair<node_id, round_number>, run_time> asked;
  for (node_id active = 0; active < n; active += 2)
    for (const auto& [time, f] : world->log(active).sent)
      asked[{active, f.round}] = time;
  std::size_t answered = 0;
  for (node_id passive = 1; passive < n; passive += 2)
    for (const auto& [time, f] : world->log(passive).sent) {
      CHECK(f.kind == reply);
      ++answered;
    }
  CHECK(asked.size() == n / 2 * steps);
  CHECK(answered == asked.size());
  // 20 steps of an active node: gradient 3 ms, request and reply 2 ms, a pause of 1 ms. All of them fall into the first
  // gradient of the passive nodes.
  for (node_id active = 0; active < n; active += 2)
    CHECK(world->log(active).sent.back().first == milliseconds(3 + (steps - 1) * 6));
}

TEST_CASE("AD-PSGD comes near the optimum") {
  constexpr std::uint32_t n = 8;
  auto problem = quadratic_runtime::random_problem(n, 3);
  for (auto& b : problem.b)
    for (float& v : b)
      v = 0.1F * v + 2.0F;
  const quadratic_runtime runtime(problem);
  toy_run run(runtime, toy_algorithm<ad_psgd_learner>(graph_use::topology), n, 400);
  run.options.views = static_views(metropolis_hastings(ring(n)));
  run.options.record_sent = true;
  run.options.latency = milliseconds(1);
  run.options.compute_time = [](node_id node, const job& j) { return milliseconds(is_gradient(j) ? 2 + node : 0); };
  run.options.over_the_wire = true;
  CHECK(farthest(values_of(run.run()->models()), runtime.optimum()) < 0.1);
}

TEST_CASE("a pushed model takes the place of an older one that is still under way") {
  constexpr std::uint32_t n = 6, steps = 300;
  auto problem = quadratic_runtime::random_problem(n, 3);
  problem.a.assign(n, 1.0F);
  problem.b.assign(n, {2.0F, -1.0F, 0.5F});
  const quadratic_runtime runtime(problem);
  toy_run run(runtime, toy_algorithm<pushing_learner>(graph_use::topology), n, steps);
  run.options.views = static_views(metropolis_hastings(complete(n)));
  run.options.record_sent = true;
  run.options.latency = milliseconds(20);
  const auto world = run.run();
  REQUIRE(world->all_finished());
  CHECK(world->replaced() > 0);
  for (node_id i = 0; i < n; ++i) {
    CHECK(world->log(i).sent.size() == steps);
    CHECK(world->log(i).sent.back().first == milliseconds(steps - 1));
  }
  CHECK(farthest(values_of(world->models()), {2.0, -1.0, 0.5}) < 1e-4);
  CHECK(values_of(run.run()->models()) == values_of(world->models()));
}
