// The quickstart against the dense recursion X <- W(X - eta G): the same data, partition, model and graphs, but plain
// loops over nodes in place of actors, learners and jobs, and sums in double precision.
//
// Here the quickstart has 20 rounds in place of 60, so that three seeds take about two minutes; all 60 are
//   RHIZOME_TEST_ROUNDS=60 build/release/bin/test_cli --source-file="*dense_reference_slow.cpp"
#include <algorithm>
#include <barrier>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "actors/run.hpp"
#include "cli/experiment_setup.hpp"
#include "cli/schema.hpp"
#include "core/config/parse.hpp"
#include "models/process_setup.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/paths.hpp"

using namespace rhizome;

namespace {

using vectors = std::vector<std::vector<float>>;

/// What both sides are compared by.
struct finished {
  std::vector<float> average; ///< model
  double accuracy = 0;        ///< mean over the evaluated nodes
};

class last_round final : public actors::run_recorder {
public:
  results::round_record round;
  result<void> record(const results::round_record& r, std::vector<results::node_record>) override {
    round = r;
    return {};
  }
  result<void> record(const results::event_record&) override { return {}; }
};

cli::prepared_run prepare(std::uint64_t seed, const std::string& rounds) {
  const std::vector<std::string> overrides = {"experiment.seed=" + std::to_string(seed), "experiment.rounds=" + rounds,
                                              "evaluation.every=0", "evaluation.final_samples=2000",
                                              "runtime.threads=2"};
  const auto doc = config::load(tests::source_directory() + "/configs/quickstart.toml", cli::full_schema(), overrides);
  REQUIRE(doc);
  auto run = cli::prepare_run(*doc);
  REQUIRE(run);
  REQUIRE(run->spec.models->optimizer_vectors() == 0);
  REQUIRE(run->spec.shared_initial);
  return std::move(*run);
}

finished run_actors(std::uint64_t seed, const std::string& rounds) {
  auto run = prepare(seed, rounds);
  const auto recorder = std::make_shared<last_round>();
  run.spec.recorder = recorder;
  const auto ended = actors::run_experiment(std::move(run.spec), [] { return 0U; });
  CAPTURE(ended.outcome.message);
  REQUIRE(ended.outcome.status == actors::run_status::done);
  const auto average = ended.outcome.average->values();
  return {{average.begin(), average.end()}, recorder->round.accuracy_mean};
}

/// The recursion, on two threads that take every other node each.
class dense_recursion {
public:
  explicit dense_recursion(const actors::run_spec& spec)
      : spec_(spec), nodes_(spec.context->nodes), accuracy_(nodes_, 0) {
    std::vector<float> initial(spec.models->layout().size());
    spec.models->initial_parameters(0, initial);
    x_.assign(nodes_, initial);
    mixed_ = x_;
    for (round_number round = 0; round < spec.context->rounds; ++round)
      views_.push_back(spec.views(round, {}).value());
  }

  finished run() {
    {
      std::barrier<> both(threads);
      std::vector<std::jthread> workers;
      for (node_id first = 0; first < threads; ++first)
        workers.emplace_back([this, first, &both] { work(first, both); });
    }
    const auto& evaluated = spec_.context->evaluation.nodes;
    double sum = 0;
    for (const double accuracy : accuracy_)
      sum += accuracy;
    return {average(), sum / static_cast<double>(std::ranges::count(evaluated, true))};
  }

private:
  static constexpr node_id threads = 2;

  void work(node_id first, std::barrier<>& both) {
    const auto trainer = spec_.models->make_trainer();
    for (round_number round = 0; round < views_.size(); ++round) {
      for (node_id i = first; i < nodes_; i += threads)
        train(*trainer, i, round);
      both.arrive_and_wait();
      for (node_id i = first; i < nodes_; i += threads)
        mix(i, *views_[round][i]);
      both.arrive_and_wait();
      for (node_id i = first; i < nodes_; i += threads)
        x_[i].swap(mixed_[i]);
    }
    const auto& plan = spec_.context->evaluation;
    for (node_id i = first; i < nodes_; i += threads)
      if (plan.nodes[i])
        accuracy_[i] = trainer->evaluate(i, x_[i], learning::test_set::global, plan.final_samples).accuracy;
  }

  /// X - eta G, over the round's local steps.
  void train(learning::trainer& trainer, node_id i, round_number round) {
    const auto steps = spec_.local_steps[i];
    const std::uint64_t before = std::uint64_t{steps} * round;
    bool finite = true;
    trainer.train(i, x_[i], {}, {before, steps}, before, finite);
  }

  /// One row of W X.
  void mix(node_id i, const learning::round_view& view) {
    std::vector<double> sum(x_[i].size(), 0);
    const auto add = [&](const std::vector<float>& x, double weight) {
      for (std::size_t k = 0; k < sum.size(); ++k)
        sum[k] += weight * double{x[k]};
    };
    add(x_[i], view.self_weight);
    for (const auto& neighbour : view.in)
      add(x_[neighbour.id], neighbour.weight);
    std::ranges::transform(sum, mixed_[i].begin(), [](double v) { return static_cast<float>(v); });
  }

  [[nodiscard]] std::vector<float> average() const {
    std::vector<float> mean(x_[0].size());
    for (std::size_t k = 0; k < mean.size(); ++k) {
      double sum = 0;
      for (const auto& x : x_)
        sum += double{x[k]};
      mean[k] = static_cast<float>(sum / nodes_);
    }
    return mean;
  }

  const actors::run_spec& spec_;
  node_id nodes_;
  vectors x_;     ///< [nodes][size]
  vectors mixed_; ///< the same
  std::vector<std::vector<learning::round_view_ptr>> views_;
  std::vector<double> accuracy_; ///< [nodes] 0 where it is not evaluated
};

finished run_dense(std::uint64_t seed, const std::string& rounds) {
  const auto run = prepare(seed, rounds);
  return dense_recursion(run.spec).run();
}

/// How far two models are apart: the norm of the difference to that of the second.
double relative_distance(const std::vector<float>& a, const std::vector<float>& b) {
  double difference = 0, norm = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    difference += std::pow(double{a[k]} - double{b[k]}, 2);
    norm += std::pow(double{b[k]}, 2);
  }
  return std::sqrt(difference / norm);
}

} // namespace

TEST_CASE("after two rounds the average model is that of the dense recursion, parameter by parameter") {
  models::prepare_process();
  const auto actors = run_actors(1, "2");
  const auto dense = run_dense(1, "2");
  REQUIRE(actors.average.size() == dense.average.size());
  double largest = 0;
  for (std::size_t k = 0; k < dense.average.size(); ++k)
    largest = std::max(largest, std::abs(double{actors.average[k]} - double{dense.average[k]}) /
                                    (std::abs(double{dense.average[k]}) + 1e-3));
  MESSAGE("largest relative difference of a parameter: ", largest);
  MESSAGE("relative distance: ", relative_distance(actors.average, dense.average));
  // A sum rounded otherwise can flip one ReLU, and single parameters near zero then differ by more than all others: the
  // distance of the whole vectors is what has to be small.
  CHECK(relative_distance(actors.average, dense.average) < 1e-4);
  CHECK(largest < 1e-2);
}

TEST_CASE("the quickstart's mean accuracy over three seeds is that of the dense recursion") {
  models::prepare_process();
  const char* asked = std::getenv("RHIZOME_TEST_ROUNDS");
  const std::string rounds = asked != nullptr ? asked : "20";
  double actors = 0, dense = 0;
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const auto a = run_actors(seed, rounds);
    const auto d = run_dense(seed, rounds);
    MESSAGE("seed ", seed, ", ", rounds, " rounds: accuracy ", a.accuracy, ", dense ", d.accuracy,
            ", relative distance of the average models ", relative_distance(a.average, d.average));
    CHECK(relative_distance(a.average, d.average) < 0.05);
    actors += a.accuracy / 3;
    dense += d.accuracy / 3;
  }
  CHECK(dense > 0.3); // both have learnt
  CHECK(std::abs(actors - dense) < 0.02);
}
