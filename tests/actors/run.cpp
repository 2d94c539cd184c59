#include "tests/support/doctest.hpp"

#include <stdexcept>

#include "tests/support/actor_world.hpp"

using namespace rhizome;
using test::test_run;
using test::world_options;

namespace {

actors::finished_run run_with_threads(const world_options& options) {
  return actors::run_experiment(test_run(options).spec, [] { return 0U; });
}

/// Fails where a test says.
class failing_runtime final : public learning::model_runtime {
public:
  failing_runtime(std::shared_ptr<test::quadratic_runtime> inner, bool when_made)
      : inner_(std::move(inner)), when_made_(when_made) {}

  const learning::vector_layout& layout() const override { return inner_->layout(); }
  std::size_t optimizer_vectors() const override { return 0; }
  void initial_parameters(node_id node, std::span<float> out) const override { inner_->initial_parameters(node, out); }
  result<void> save(std::span<const float> model, const std::filesystem::path& file) const override {
    return inner_->save(model, file);
  }
  std::unique_ptr<learning::trainer> make_trainer() const override {
    if (when_made_)
      throw std::runtime_error("there is no memory for a module");
    return std::make_unique<test::function_trainer>(
        test::sgd{},
        [](node_id, std::span<const float>, std::span<float>, std::uint64_t) -> double {
          throw std::runtime_error("shapes do not match");
        },
        [](node_id, std::span<const float>, learning::test_set) { return 0.0; });
  }

private:
  std::shared_ptr<test::quadratic_runtime> inner_;
  bool when_made_;
};

} // namespace

TEST_CASE("the number of trainers changes no bit") {
  for (const char* algorithm : {"d-psgd", "all-reduce"}) {
    world_options options{.nodes = 20, .rounds = 10, .algorithm = algorithm, .dynamic = true, .momentum = 0.9F};
    options.threads = 1;
    const auto reference = run_with_threads(options);
    REQUIRE(reference.outcome.status == actors::run_status::done);
    CHECK(reference.left == actors::finished_run::ending::complete);
    for (const std::uint32_t threads : {2U, 4U}) {
      options.threads = threads;
      CHECK(run_with_threads(options).outcome.parameters_hash == reference.outcome.parameters_hash);
    }
  }
}

TEST_CASE("a job that throws ends the run with node, round and reason") {
  test_run run(world_options{});
  run.spec.models = std::make_shared<failing_runtime>(run.models, false);
  const auto ended = actors::run_experiment(std::move(run.spec), [] { return 0U; });
  CHECK(ended.outcome.status == actors::run_status::failed);
  CHECK(ended.outcome.message.find("in round 0 failed: shapes do not match") != std::string::npos);
}

TEST_CASE("a trainer that cannot be made ends the run before it begins") {
  test_run run(world_options{});
  run.spec.models = std::make_shared<failing_runtime>(run.models, true);
  const auto ended = actors::run_experiment(std::move(run.spec), [] { return 0U; });
  CHECK(ended.outcome.status == actors::run_status::failed);
  CHECK(ended.outcome.message.find("there is no memory for a module") != std::string::npos);
}

TEST_CASE("a run can be interrupted from outside") {
  const auto ended = actors::run_experiment(test_run(world_options{.rounds = 1'000'000}).spec, [] { return 1U; });
  CHECK(ended.outcome.status == actors::run_status::interrupted);
  CHECK(ended.left == actors::finished_run::ending::complete);
}
