#include "core/learning/training.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::learning;

namespace {

std::vector<std::string> problem_keys(const std::vector<std::pair<std::string, config::value>>& values) {
  auto training = config::defaults(training_schema());
  for (const auto& [name, value] : values)
    training.set(name, value);
  config::document document;
  document.set("training", training);
  std::vector<std::string> keys;
  for (const auto& problem : training_schema().check(document))
    keys.push_back(problem.key);
  return keys;
}

} // namespace

TEST_CASE("the schema's defaults are the struct's") {
  const auto read = training_options::from(config::defaults(training_schema()));
  const training_options built;
  CHECK(read.local_steps == built.local_steps);
  CHECK(read.local_epochs == built.local_epochs);
  CHECK(read.batch_size == built.batch_size);
  CHECK(read.optimizer == built.optimizer);
  CHECK(read.learning_rate == built.learning_rate);
  CHECK(read.beta1 == built.beta1);
  CHECK(read.beta2 == built.beta2);
  CHECK(read.epsilon == built.epsilon);
  CHECK(read.schedule == built.schedule);
  CHECK(read.step_size == built.step_size);
  CHECK(read.gamma == built.gamma);
  CHECK(read.how == built.how);
  CHECK(read.drop_last == built.drop_last);
  CHECK(read.loss == built.loss);
}

TEST_CASE("impossible combinations of optimizer keys are named") {
  using keys = std::vector<std::string>;
  CHECK(problem_keys({}) == keys{});
  CHECK(problem_keys({{"nesterov", true}}) == keys{"training.nesterov"});
  CHECK(problem_keys({{"nesterov", true}, {"momentum", 0.9}}) == keys{});
  CHECK(problem_keys({{"optimizer", std::string("adam")}, {"momentum", 0.9}}) == keys{"training.momentum"});
  CHECK(problem_keys({{"optimizer", std::string("adamw")}, {"nesterov", true}}) == keys{"training.nesterov"});
}

TEST_CASE("local epochs replace local steps") {
  CHECK(steps_per_round({.local_steps = 7}, 100) == 7);
  CHECK(steps_per_round({.local_steps = 7, .local_epochs = 2, .batch_size = 8}, 100) == 24);
  CHECK(steps_per_round({.local_steps = 7, .local_epochs = 2, .batch_size = 8, .drop_last = false}, 100) == 26);
  CHECK(steps_per_round({.batch_size = 8}, 7) == 0);
  CHECK(steps_per_round({.batch_size = 8, .drop_last = false}, 7) == 5);
}

TEST_CASE("a round of more local steps than can be counted is refused") {
  const training_options options{.local_epochs = 1'000'000, .batch_size = 1};
  CHECK(check_steps(options, 10));
  CHECK_FALSE(check_steps(options, 11));
  CHECK(steps_per_round(options, 10'000) == std::numeric_limits<std::uint32_t>::max()); // not 1e10 modulo 2^32
  const auto refused = check_steps(options, 10'000);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == error_kind::invalid_input);
  CHECK(refused.error().message.find("training.local_epochs = 1000000") != std::string::npos);
}

TEST_CASE("an optimizer keeps no vectors while it is reset each round") {
  CHECK(optimizer_vectors({}) == 0);
  CHECK(optimizer_vectors({.momentum = 0.9}) == 1);
  CHECK(optimizer_vectors({.optimizer = optimizer_kind::adam}) == 2);
  CHECK(optimizer_vectors({.optimizer = optimizer_kind::adam, .reset_optimizer = true}) == 0);
}
