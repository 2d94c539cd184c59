// A toy with a server role: federated averaging (McMahan et al., 2017). The server is the node after the workers,
// without data; each round it sends its model to a sample of the workers and waits for those that are still there.

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <vector>

#include "core/random.hpp"
#include "tests/core/learning/toy_learner.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/quadratic_trainer.hpp"
#include "tests/support/toy_world.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

namespace {

constexpr std::uint32_t sample_size = 3;
constexpr auto the_end = fragment_kind::first_own;

std::vector<role> workers_and_server(std::uint32_t nodes) {
  return {{"worker", nodes, true}, {"server", 1, false}};
}

/// `sample_size` of the workers that are there, in order of id.
std::vector<node_id> sample(std::uint64_t seed, round_number round, const std::set<node_id>& present) {
  std::vector<node_id> order(present.begin(), present.end());
  random_stream(seed, purpose::algorithm, 0, round).shuffle(std::span(order));
  order.resize(std::min<std::size_t>(sample_size, order.size()));
  std::sort(order.begin(), order.end());
  return order;
}

/// Trains what the server sends, and sends it back.
class worker final : public toy_learner {
public:
  using toy_learner::toy_learner;

private:
  void on_fragment(fragment f, effects& out) override {
    if (f.kind == the_end) {
      out.emplace_back(finished{});
      return;
    }
    server_ = f.sender;
    job_builder job(id(), f.round);
    const slot x = job.input(f.body->values);
    job.add(train_step{x, {}, {count_, context().local_steps}, 0});
    count_ += context().local_steps;
    job.output(x);
    out.emplace_back(compute{f.round, job.build()});
  }

  void on_computed(token round, job_result result, effects& out) override {
    model_ = result.outputs.at(0);
    send_to({id(), static_cast<round_number>(round), fragment_kind::model, false, dense_payload(model_)}, {server_},
            out);
  }

  node_id server_ = 0;
};

class server final : public toy_learner {
public:
  explicit server(node_context c) : toy_learner(std::move(c)) {
    for (node_id w = 0; w < id(); ++w)
      present_.insert(w);
  }

  waiting waiting_for() const override { return {round(), "workers", {missing_.begin(), missing_.end()}}; }

private:
  void on_start(effects& out) override { begin_round(out); }

  void begin_round(effects& out) {
    const auto chosen = sample(run().seed, round(), present_);
    missing_ = {chosen.begin(), chosen.end()};
    send_to({id(), round(), fragment_kind::model, false, dense_payload(model_)}, chosen, out);
  }

  void on_fragment(fragment f, effects& out) override {
    if (f.round != round() || missing_.erase(f.sender) == 0)
      return;
    models_[f.sender] = f.body->values;
    average(out);
  }

  void on_peer_changed(const peer_changed& change, effects& out) override {
    if (change.up) {
      present_.insert(change.peer);
      return;
    }
    present_.erase(change.peer);
    if (missing_.erase(change.peer) > 0)
      average(out);
  }

  void average(effects& out) {
    if (!missing_.empty())
      return;
    job_builder job(id(), round());
    combine_step mean;
    for (const auto& [w, values] : std::exchange(models_, {}))
      mean.terms.emplace_back(job.input(values), 0.0F);
    for (auto& term : mean.terms)
      term.second = 1.0F / static_cast<float>(mean.terms.size());
    mean.out = job.fresh();
    const slot x = mean.out;
    job.add(std::move(mean));
    for (const auto& evaluate : run().evaluation.steps(id(), round() + 1, x))
      job.add(evaluate);
    job.add(hash_step{x});
    job.output(x);
    out.emplace_back(compute{round(), job.build()});
  }

  void on_computed(token, job_result result, effects& out) override {
    model_ = result.outputs.at(0);
    ++count_;
    out.emplace_back(report{round(), 0, std::move(result.evaluations), bytes_sent(), nullptr});
    if (count_ < run().rounds) {
      begin_round(out);
      return;
    }
    send_to({id(), round(), the_end, false, nullptr}, {present_.begin(), present_.end()}, out);
    out.emplace_back(finished{result.hashes.at(0)});
  }

  round_number round() const { return static_cast<round_number>(count_); }

  std::set<node_id> present_;
  std::set<node_id> missing_;
  std::map<node_id, snapshot> models_;
};

algorithm toy_fed_avg() {
  return {{"fed-avg", "A toy."}, graph_use::none, workers_and_server, [](node_context c, const config::section&) {
            if (workers_and_server(c.run->nodes - 1)[c.role].name == "server")
              return std::unique_ptr<learner>(std::make_unique<server>(std::move(c)));
            return std::unique_ptr<learner>(std::make_unique<worker>(std::move(c)));
          }};
}

/// Federated averaging in double precision; `lost` never answers from round `from` on, in which it is still asked.
std::vector<double> reference(const quadratic_runtime& runtime, std::uint32_t workers, std::uint32_t rounds,
                              std::uint32_t local_steps, node_id lost, round_number from) {
  const auto& p = runtime.data();
  std::vector<double> x(p.start[workers].begin(), p.start[workers].end());
  std::set<node_id> present;
  for (node_id w = 0; w < workers; ++w)
    present.insert(w);
  for (round_number r = 0; r < rounds; ++r) {
    auto chosen = sample(1, r, present);
    if (r == from)
      present.erase(lost);
    std::erase_if(chosen, [&](node_id w) { return !present.contains(w); });
    std::vector<double> mean(x.size(), 0.0);
    for (const node_id w : chosen)
      for (std::size_t k = 0; k < x.size(); ++k) {
        double y = x[k];
        for (std::uint32_t s = 0; s < local_steps; ++s)
          y -= p.optimizer.rate * p.a[w] * (y - p.b[w][k]);
        mean[k] += y / static_cast<double>(chosen.size());
      }
    x = mean;
  }
  return x;
}

} // namespace

TEST_CASE("federated averaging with a server of its own role samples its workers each round") {
  constexpr std::uint32_t workers = 8, rounds = 6;
  const quadratic_runtime runtime(quadratic_runtime::random_problem(workers + 1, 3));
  toy_run run(runtime, toy_fed_avg(), workers, rounds);
  run.local_steps = 2;
  run.context.evaluation.every = 3;
  run.options.views = {}; // nobody asks for a view
  run.options.record_sent = true;
  const auto expected = reference(runtime, workers, rounds, 2, workers, rounds);
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    run.options.shuffle = seed;
    const auto world = run.run();
    REQUIRE(world->all_finished());
    REQUIRE(world->size() == workers + 1);
    const auto model = values_of(world->models())[workers];
    for (std::size_t k = 0; k < 3; ++k)
      CHECK(model[k] == doctest::Approx(expected[k]).epsilon(1e-5));
    const auto& log = world->log(workers);
    CHECK(log.sent.size() == rounds * sample_size + workers);
    REQUIRE(log.reports.size() == rounds);
    CHECK(log.reports[2].evaluations.size() == 1);
    CHECK(log.reports[3].evaluations.empty());
    CHECK(log.reports[5].evaluations.at(0).loss > 0);
  }
}

TEST_CASE("a worker that leaves is not waited for, nor asked again") {
  constexpr std::uint32_t workers = 6, rounds = 8;
  const quadratic_runtime runtime(quadratic_runtime::random_problem(workers + 1, 3));
  std::set<node_id> all;
  for (node_id w = 0; w < workers; ++w)
    all.insert(w);
  const round_number from = 2;
  const node_id lost = sample(1, from, all).front();
  toy_run run(runtime, toy_fed_avg(), workers, rounds);
  run.options.compute_time = [=](node_id node, const job& j) {
    return std::chrono::seconds(node == lost && j.round == from ? 1000 : 1);
  };
  auto world = run.make();
  world->start();
  world->run(std::chrono::seconds(500));
  CHECK_FALSE(world->all_finished());
  CHECK(world->at(workers).waiting_for().nodes == std::vector{lost});
  world->take_down(lost);
  world->run();
  CHECK(world->log(workers).finished.size() == 1);
  CHECK(world->now() < std::chrono::seconds(1000));
  const auto expected = reference(runtime, workers, rounds, 1, lost, from);
  const auto model = values_of(world->models())[workers];
  for (std::size_t k = 0; k < 3; ++k)
    CHECK(model[k] == doctest::Approx(expected[k]).epsilon(1e-5));
}
