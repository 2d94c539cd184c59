#include "core/learning/runner.hpp"

#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <xxhash.h>

#include "core/config/parse.hpp"
#include "core/config/sections.hpp"
#include "core/learning/job_builder.hpp"
#include "core/learning/registry.hpp"
#include "core/sharing/registry.hpp"
#include "core/sharing/strategy.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/quadratic_trainer.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

namespace {

/// One node with f(x) = 1/2 ||x - 1||^2 in two dimensions; a step of rate 0.5 halves the distance.
struct fixture {
  quadratic_runtime runtime{{{1.0F}, {{1.0F, 1.0F}}, {}, {0.5F, 0.0F}, {}}};
  quadratic_runtime with_momentum{{{1.0F}, {{1.0F, 1.0F}}, {}, {0.5F, 0.5F}, {}}};
  std::shared_ptr<vector_pool> pool = vector_pool::make(2);
  job_runner runner{runtime.make_trainer(), pool};
  job_builder job{0, 0};

  snapshot vector(float a, float b) const { return pool->copy(std::vector{a, b}); }
};

std::vector<float> values(const snapshot& s) {
  return {s->values().begin(), s->values().end()};
}

class sum_of_scalars final : public encoder, public decoder {
public:
  payload_ptr encode(std::span<const snapshot> in) const override {
    payload result;
    for (const auto& vector : in)
      result.scalars.push_back(vector->values()[0] + vector->values()[1]);
    return std::make_shared<const payload>(std::move(result));
  }
  result<void> decode(const payload& body, std::span<const float> own, std::span<float> out) const override {
    if (body.scalars.empty())
      return fail(error_kind::bad_data, "there is no scalar");
    for (std::size_t k = 0; k < out.size(); ++k)
      out[k] = own[k] + static_cast<float>(body.scalars.at(0));
    return {};
  }
};

/// (a, b) -> (a, b, a + b).
class with_sum final : public transform {
public:
  std::size_t size() const noexcept override { return 3; }
  void apply(std::span<const float> in, std::span<float> out) const override {
    out[0] = in[0];
    out[1] = in[1];
    out[2] = in[0] + in[1];
  }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "the only reference is trained in place, a shared one is copied and stays as it was") {
  auto initial = vector(3, 5);
  const auto* memory = initial.get();
  const auto shared = initial;
  const auto train = [&](snapshot from) {
    job_builder b(0, 0);
    const slot x = b.input(std::move(from));
    b.add(train_step{x});
    b.output(x);
    return runner.run(b.build()).outputs.at(0);
  };
  auto copied = train(std::move(initial));
  CHECK(copied.get() != memory);
  CHECK(values(copied) == std::vector{2.0F, 3.0F});
  CHECK(values(shared) == std::vector{3.0F, 5.0F});
  const auto* unique = copied.get();
  const auto in_place = train(std::move(copied));
  CHECK(in_place.get() == unique);
  CHECK(values(in_place) == std::vector{1.5F, 2.0F});
}

TEST_CASE_FIXTURE(fixture, "what a payload holds does not change when the job trains on") {
  const slot x = job.input(vector(3, 5));
  CHECK(job.encode({x}, std::make_shared<sum_of_scalars>()) == 0);
  const slot before = job.copy(x);
  job.output(x);
  job.add(train_step{x});
  job.output(before);
  const auto full = sharing::find_strategy("full").make({});
  round_view view;
  view.out = {{1, 0.5}};
  full->plan_send(job, x, view);
  job.add(train_step{x});
  const auto result = runner.run(job.build());
  CHECK(result.payloads.at(0)->scalars.at(0) == 8);
  CHECK(values(result.payloads.at(1)->values) == std::vector{2.0F, 3.0F});
  CHECK(values(result.outputs.at(0)) == std::vector{1.5F, 2.0F});
  CHECK(values(result.outputs.at(1)) == std::vector{3.0F, 5.0F});
}

TEST_CASE_FIXTURE(fixture,
                  "a vector that another thread reads is copied, one that it is done with is trained in place") {
  int in_place = 0, wrong = 0;
  for (int trial = 0; trial < 400; ++trial) {
    auto mine = vector(3, 5);
    const auto* memory = mine.get();
    float seen = 0;
    std::jthread reader([other = mine, &seen]() mutable {
      for (const float v : other->values())
        seen += v;
      other.reset(); // all that tells the trainer
    });
    while (trial % 2 == 0 && mine.use_count() > 1)
      std::this_thread::yield();
    job_builder b(0, 0);
    const slot x = b.input(std::move(mine));
    b.add(train_step{x});
    b.output(x);
    const auto trained = runner.run(b.build()).outputs.at(0);
    reader.join();
    in_place += trained.get() == memory;
    wrong += seen != 8 || values(trained) != std::vector{2.0F, 3.0F};
  }
  CHECK(wrong == 0);
  CHECK(in_place >= 200);
}

TEST_CASE_FIXTURE(fixture, "an input without a vector is zeros") {
  const slot nothing = job.input(nullptr);
  const slot untouched = job.input(nullptr);
  job.add(train_step{nothing});
  const slot sum = job.fresh();
  job.add(combine_step{sum, {{untouched, 1.0F}, {nothing, 2.0F}}});
  const slot empty = job.fresh();
  job.add(combine_step{empty, {}});
  for (const slot s : {nothing, untouched, sum, empty})
    job.output(s);
  const auto result = runner.run(job.build());
  CHECK(values(result.outputs[0]) == std::vector{0.5F, 0.5F});
  CHECK(values(result.outputs[1]) == std::vector{0.0F, 0.0F});
  CHECK(values(result.outputs[2]) == std::vector{1.0F, 1.0F});
  CHECK(values(result.outputs[3]) == std::vector{0.0F, 0.0F});
}

TEST_CASE_FIXTURE(fixture, "every step writes where its answer is expected") {
  const slot x = job.input(vector(3, 5)), y = job.input(vector(0, 1));
  const slot g = job.fresh(), mean = job.fresh(), decoded = job.fresh();
  job.add(gradient_step{x, g, {0, 2}});
  job.add(aggregate_step{mean, x, 0.5F, {{y, 0.25F}, {g, 0.25F}}, weighted_mean().make({})});
  job.add(decode_step{dense_payload(nullptr, {10.0}), y, decoded, std::make_shared<sum_of_scalars>()});
  job.add(distance_step{x, y});
  job.add(distance_step{y, y});
  job.add(hash_step{x});
  job.add(evaluate_step{x, test_set::local, 5});
  for (const slot s : {g, mean, decoded, x})
    job.output(s);
  const auto result = runner.run(job.build());
  CHECK(values(result.outputs[0]) == std::vector{2.0F, 4.0F});
  CHECK(values(result.outputs[1]) == std::vector{2.0F, 3.75F});
  CHECK(values(result.outputs[2]) == std::vector{10.0F, 11.0F});
  CHECK(values(result.outputs[3]) == std::vector{3.0F, 5.0F});
  CHECK(result.scalars == std::vector{25.0, 0.0});
  CHECK(result.train_loss == 10);
  CHECK(result.evaluations.at(0).loss == 10);
  CHECK(result.evaluations.at(0).samples == 5);
  const std::vector<float> bytes{3, 5};
  CHECK(result.hashes == std::vector{XXH3_64bits(bytes.data(), 8)});
}

TEST_CASE_FIXTURE(fixture, "transformed vectors of another size are combined, aggregated, decoded and kept") {
  const auto map = std::make_shared<with_sum>();
  const slot x = job.fresh(), y = job.fresh(), sum = job.fresh(), mean = job.fresh(), decoded = job.fresh();
  job.add(transform_step{x, job.input(vector(3, 5)), map});
  job.add(transform_step{y, job.input(vector(1, 0)), map});
  job.add(combine_step{sum, {{x, 1.0F}, {y, -1.0F}}});
  job.add(aggregate_step{mean, x, 0.5F, {{y, 0.5F}}, weighted_mean().make({})});
  job.add(decode_step{dense_payload(nullptr, {10.0}), y, decoded, std::make_shared<sum_of_scalars>()});
  for (const slot s : {x, sum, mean, decoded})
    job.output(s);
  const auto result = runner.run(job.build());
  CHECK(values(result.outputs[0]) == std::vector{3.0F, 5.0F, 8.0F});
  CHECK(values(result.outputs[1]) == std::vector{2.0F, 5.0F, 7.0F});
  CHECK(values(result.outputs[2]) == std::vector{2.0F, 2.5F, 4.5F});
  CHECK(values(result.outputs[3]) == std::vector{11.0F, 10.0F, 11.0F});
}

TEST_CASE_FIXTURE(fixture, "a payload that cannot be decoded fails the job with its sentence") {
  const slot x = job.input(vector(3, 5)), y = job.fresh();
  job.add(decode_step{std::make_shared<const payload>(), x, y, std::make_shared<sum_of_scalars>()});
  job.output(y);
  CHECK_THROWS_WITH_AS(static_cast<void>(runner.run(job.build())), "a payload cannot be decoded: there is no scalar",
                       std::runtime_error);
}

TEST_CASE_FIXTURE(fixture, "only algorithms that survive losses may go on without lost nodes") {
  const config::schema own{{algorithm_schema(), config::runtime_schema()}};
  const auto refusal = [&own](const std::string& algorithm, const std::string& policy) {
    const auto parsed =
        config::parse("", "f.toml", own, std::vector{"algorithm.name=" + algorithm, "runtime.on_failure=" + policy});
    return parsed ? std::string() : parsed.error().message;
  };
  for (const char* name : {"d-psgd", "local", "all-reduce", "centralized", "fed-avg"})
    CHECK(refusal(name, "abort").empty());
  for (const char* name : {"d-psgd", "local"})
    CHECK(refusal(name, "continue").empty());
  for (const char* name : {"all-reduce", "centralized", "fed-avg"})
    CHECK(refusal(name, "continue").find("algorithms that can: \"d-psgd\", \"local\"") != std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "the training loss is the mean over all batches, and state vectors go on") {
  job_runner momentum(with_momentum.make_trainer(), pool);
  const slot x = job.input(vector(3, 1)), m = job.input(nullptr);
  job.add(train_step{x, {m}, {0, 2}, 0}); // losses 2 and 0.5; m = 2, x = 2, then m = 0.5 * 2 + 1, x = 1
  job.add(train_step{x, {m}, {2, 1}, 2}); // loss 0; m = 0.5 * 2, x = 0.5
  job.output(x);
  job.output(m);
  const auto result = momentum.run(job.build());
  CHECK(result.train_loss == doctest::Approx((2 + 0.5 + 0) / 3));
  CHECK(values(result.outputs[1]) == std::vector{1.0F, 0.0F});
  CHECK(values(result.outputs[0]) == std::vector{0.5F, 1.0F});
  CHECK(result.finite);
}

TEST_CASE_FIXTURE(fixture, "times add up by kind") {
  const slot x = job.input(vector(3, 1));
  for (int i = 0; i < 100; ++i)
    job.add(train_step{x});
  static_cast<void>(runner.run(job.build()));
  const auto first = runner.times();
  CHECK(first.training.count() > 0);
  CHECK(first.evaluation.count() == 0);
  CHECK(first.sharing.count() == 0);
  CHECK(first.other.count() == 0);
  job_builder second(0, 1);
  const slot y = second.input(vector(3, 1));
  second.add(evaluate_step{y});
  second.add(distance_step{y, y});
  static_cast<void>(runner.run(second.build()));
  CHECK(runner.times().training == first.training);
  CHECK(runner.times().evaluation.count() > 0);
  CHECK(runner.times().other.count() > 0);
  CHECK(runner.times().sharing.count() == 0);
  const auto measured = runner.times();
  job_builder third(0, 2);
  const slot z = third.input(vector(3, 1));
  for (int i = 0; i < 100; ++i)
    third.add(combine_step{third.fresh(), {{z, 1.0F}}});
  static_cast<void>(runner.run(third.build()));
  CHECK(runner.times().sharing.count() > 0);
  CHECK(runner.times().other == measured.other);
}

TEST_CASE_FIXTURE(fixture, "the registries know what a configuration may name") {
  for (const char* name : {"d-psgd", "local", "all-reduce", "centralized", "fed-avg"})
    CHECK(find_algorithm(name).schema.name == name);
  CHECK(find_aggregation("weighted-mean").make({}) != nullptr);
  CHECK_THROWS_AS(static_cast<void>(find_algorithm("d-sgd")), std::logic_error);
  CHECK(algorithm_schema().variants.size() == algorithms().size());
  CHECK(std::get<std::string>(aggregation_schema().keys.at(0).default_value) == "weighted-mean");
}
