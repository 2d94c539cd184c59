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
  CHECK(read.alpha == built.alpha);
  CHECK(read.centered == built.centered);
  CHECK(read.rho == built.rho);
  CHECK(read.learning_rate_decay == built.learning_rate_decay);
  CHECK(read.initial_accumulator == built.initial_accumulator);
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

TEST_CASE("momentum, centered and learning_rate_decay belong to some optimizers only") {
  using keys = std::vector<std::string>;
  const std::string rmsprop = "rmsprop", adagrad = "adagrad";
  CHECK(problem_keys({{"optimizer", rmsprop}, {"momentum", 0.9}, {"centered", true}}) == keys{});
  CHECK(problem_keys({{"optimizer", adagrad}, {"learning_rate_decay", 0.1}}) == keys{});
  CHECK(problem_keys({{"optimizer", adagrad}, {"momentum", 0.9}}) == keys{"training.momentum"});
  CHECK(problem_keys({{"optimizer", adagrad}, {"centered", true}}) == keys{"training.centered"});
  CHECK(problem_keys({{"optimizer", rmsprop}, {"learning_rate_decay", 0.1}}) == keys{"training.learning_rate_decay"});
}

TEST_CASE("epsilon = 0 stands for PyTorch's default of the optimizer") {
  const auto epsilon = [](const std::string& optimizer, double value) {
    auto training = config::defaults(training_schema());
    training.set("optimizer", optimizer);
    training.set("epsilon", value);
    return training_options::from(training).epsilon;
  };
  CHECK(epsilon("adam", 0) == 1e-8);
  CHECK(epsilon("rmsprop", 0) == 1e-8);
  CHECK(epsilon("adagrad", 0) == 1e-10);
  CHECK(epsilon("adadelta", 0) == 1e-6);
  CHECK(epsilon("adadelta", 1e-3) == 1e-3);
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
