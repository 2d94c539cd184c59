// What one node does when its neighbours are lost and come back, event by event.

#include <memory>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "core/learning/algorithms.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/quadratic_trainer.hpp"
#include "tests/support/toy_world.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

namespace {

constexpr std::size_t size = 3;
constexpr std::uint32_t last_round = 8;

/// Node 0, driven by hand; its neighbours in both directions are 1 and 2, with the weights 0.3 and 0.2.
class one_node {
public:
  one_node(const one_node&) = delete;
  one_node& operator=(const one_node&) = delete;
  explicit one_node(round_number first_round = 0) : run_(runtime_, d_psgd(), 3, last_round) {
    run_.local_steps = 4;
    run_.context.evaluation.every = 1;
    learner_ = run_.returning(0, first_round, pool_->copy(runtime_.data().start[0]));
    handle(started{});
  }

  void view(round_number round) {
    handle(view_arrived{round, view_of({{0.5, 0.3, 0.2}, {0.3, 0.7, 0}, {0.2, 0, 0.8}}, 0)});
  }
  void fragment(node_id sender, round_number round) {
    handle(fragment_arrived{{sender, round, fragment_kind::model, false,
                             dense_payload(pool_->copy(std::vector(size, static_cast<float>(sender))))}});
  }
  void lose(node_id peer) { handle(peer_changed{peer, false}); }
  void back(node_id peer, round_number round) { handle(peer_changed{peer, true, round}); }
  /// Carries out the job that the node waits for.
  void train() {
    REQUIRE(job);
    auto done = std::exchange(job, std::nullopt);
    handle(computed{done->id, runner_.run(std::move(done->job))});
  }

  /// The weights of the mixing in the job: its own, then those of the received models. They sum to 1.
  [[nodiscard]] std::vector<float> weights() const {
    REQUIRE(job);
    std::vector<float> result;
    for (const auto& step : job->job.steps)
      if (const auto* mix = std::get_if<aggregate_step>(&step)) {
        result.push_back(mix->own_weight);
        for (const auto& [from, weight] : mix->received)
          result.push_back(weight);
      }
    CHECK(std::accumulate(result.begin(), result.end(), 0.0) == doctest::Approx(1).epsilon(1e-7));
    return result;
  }
  template <class Step>
  [[nodiscard]] const Step* step_of_job() const {
    REQUIRE(job);
    for (const auto& step : job->job.steps)
      if (const auto* found = std::get_if<Step>(&step))
        return found;
    return nullptr;
  }
  [[nodiscard]] learner& node() { return *learner_; }
  [[nodiscard]] const quadratic_runtime& runtime() const { return runtime_; }

  std::optional<compute> job;
  std::vector<send> sent;
  std::vector<need_round> asked;
  std::vector<report> reports;

private:
  void handle(event e) {
    for (auto& effect : learner_->handle(std::move(e), {})) {
      if (auto* c = std::get_if<compute>(&effect)) {
        CHECK_FALSE(job);
        job = std::move(*c);
      } else if (auto* s = std::get_if<send>(&effect))
        sent.push_back(std::move(*s));
      else if (auto* n = std::get_if<need_round>(&effect))
        asked.push_back(*n);
      else if (auto* r = std::get_if<report>(&effect))
        reports.push_back(std::move(*r));
    }
  }

  quadratic_runtime runtime_{quadratic_runtime::random_problem(3, size)};
  std::shared_ptr<vector_pool> pool_ = vector_pool::make(size);
  job_runner runner_{runtime_.make_trainer(), pool_};
  toy_run run_;
  std::unique_ptr<learner> learner_;
};

using ids = std::vector<node_id>;
using floats = std::vector<float>;
const floats everybody{0.5F, 0.3F, 0.2F};
const floats without_2{0.7F, 0.3F};

/// In the exchange of round 0, with the views of rounds 0 to 3.
struct exchanging_node : one_node {
  exchanging_node() {
    for (round_number r = 0; r < 4; ++r)
      view(r);
    train();
  }
};

} // namespace

TEST_CASE("a neighbour that is lost before its model came is not waited for, and its weight goes to the own model") {
  SUBCASE("it is the last one that is missing: the node goes on at once") {
    exchanging_node node;
    node.fragment(1, 0);
    CHECK_FALSE(node.job);
    CHECK(node.node().waiting_for().nodes == ids{2});
    node.lose(2);
    CHECK(node.weights() == without_2);
  }
  SUBCASE("another one is missing too") {
    exchanging_node node;
    node.lose(2);
    CHECK_FALSE(node.job);
    CHECK(node.node().waiting_for().nodes == ids{1});
    node.fragment(1, 0);
    CHECK(node.weights() == without_2);
  }
  SUBCASE("it is lost while the node trains") {
    one_node node;
    node.view(0);
    node.view(1);
    node.fragment(1, 0);
    node.lose(2);
    node.train();
    CHECK(node.sent.at(0).receivers == ids{1});
    CHECK(node.weights() == without_2);
  }
  SUBCASE("it is lost before the run has begun") {
    one_node node;
    node.lose(2);
    node.fragment(1, 0);
    node.view(0);
    node.view(1);
    node.train();
    CHECK(node.weights() == without_2);
  }
}

TEST_CASE("a model that came before its sender was lost counts, in this round and in later ones") {
  exchanging_node node;
  node.fragment(2, 0);
  node.fragment(2, 1);
  node.lose(2);
  node.fragment(1, 0);
  CHECK(node.weights() == everybody);
  node.train();
  node.fragment(1, 1);
  CHECK(node.weights() == everybody);
  node.train();
  node.fragment(1, 2);
  CHECK(node.weights() == without_2);
}

TEST_CASE("when all neighbours are lost the node goes on alone") {
  exchanging_node node;
  node.lose(1);
  node.lose(2);
  CHECK(node.weights() == floats{1});
  node.train();
  CHECK(node.weights() == floats{1});
  CHECK(node.sent.size() == 1); // that of round 0, before the loss
  CHECK(node.reports.back().bytes_sent == 2 * node.sent[0].fragment.wire_size());
}

TEST_CASE("a node that comes back is waited for from its round on, and gets models from then on") {
  exchanging_node node;
  node.lose(2);
  node.fragment(1, 0);
  node.back(2, 3);
  node.back(2, 3); // told twice
  for (const round_number r : {1U, 2U}) {
    node.train();
    CHECK(node.sent.back().receivers == ids{1});
    node.fragment(1, r);
    CHECK(node.weights() == without_2);
  }
  node.view(4);
  node.train();
  CHECK(node.sent.back().fragment.round == 3);
  CHECK(node.sent.back().receivers == ids{1, 2});
  node.fragment(1, 3);
  CHECK_FALSE(node.job);
  CHECK(node.node().waiting_for().nodes == ids{2});
  SUBCASE("its model comes") {
    node.fragment(2, 3);
    CHECK(node.weights() == everybody);
  }
  SUBCASE("it is lost once more") {
    node.lose(2);
    CHECK(node.weights() == without_2);
  }
  SUBCASE("it was away again before anybody noticed") {
    node.back(2, 4);
    CHECK(node.weights() == without_2);
  }
}

TEST_CASE("what a lost node has sent may come late, and what is of an earlier round changes nothing") {
  exchanging_node node;
  node.lose(2);
  node.fragment(2, 0);
  node.fragment(2, 0);
  CHECK_FALSE(node.job);
  node.fragment(1, 0);
  CHECK(node.weights() == everybody);
  node.train();
  node.fragment(2, 0);
  node.fragment(1, 0);
  CHECK_FALSE(node.job);
  CHECK(node.node().waiting_for().nodes == ids{1});
  node.fragment(1, 1);
  CHECK(node.weights() == without_2);
}

TEST_CASE("fragments of strangers and of other kinds do not end a round") {
  exchanging_node node;
  node.fragment(1, 0);
  node.fragment(7, 0);
  CHECK_FALSE(node.job);
  node.lose(7);
  CHECK_FALSE(node.job);
  node.fragment(2, 0);
  CHECK(node.weights() == everybody);
}

TEST_CASE("a model is at rest unless a job has it") {
  one_node node;
  REQUIRE(node.node().model_at_rest());
  CHECK(values_of({node.node().model_at_rest()})[0] == node.runtime().data().start[0]);
  node.view(0);
  CHECK(node.node().model_at_rest() == nullptr);
  node.train();
  CHECK(node.node().model_at_rest() == node.sent.at(0).fragment.body->values);
}

TEST_CASE("a node that begins in a later round trains the batches of that round and reports what it has done itself") {
  one_node node(3);
  REQUIRE(node.asked.size() == 1);
  CHECK(node.asked[0].round == 3);
  node.fragment(1, 2);
  node.fragment(1, 3);
  node.view(3);
  CHECK(node.step_of_job<train_step>()->batches.first_batch == 3 * 4);
  CHECK(node.step_of_job<evaluate_step>() == nullptr); // x^3 is its neighbour's, although an evaluation is due
  node.train();
  CHECK(node.reports.empty());
  CHECK(node.sent.at(0).fragment.round == 3);
  node.fragment(2, 3);
  node.view(4);
  CHECK(node.weights() == everybody);
  CHECK(node.step_of_job<evaluate_step>() != nullptr);
  node.train();
  REQUIRE(node.reports.size() == 1);
  CHECK(node.reports[0].rounds == 4);
  CHECK(node.reports[0].evaluations.size() == 1);
  CHECK(node.reports[0].model != nullptr);
}
