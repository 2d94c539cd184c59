#define RHIZOME_TEST_WITH_TORCH
#include "tests/support/doctest.hpp"

#include <filesystem>
#include <functional>
#include <iterator>
#include <limits>
#include <span>
#include <thread>

#include "core/learning/sampler.hpp"
#include "models/detail/network.hpp"
#include "models/process_setup.hpp"
#include "tests/models/fixture.hpp"

using namespace rhizome;
using namespace rhizome::models::test;
using learning::optimizer_kind;
using learning::training_options;

namespace {

using make_optimizer = std::function<std::unique_ptr<torch::optim::Optimizer>(std::vector<at::Tensor>)>;

/// Trains the plain LeNet with one of LibTorch's optimizers on node 0's batches.
std::vector<float> train_plainly(const learning::model_runtime& runtime, const data::dataset& set,
                                 const training_options& options, std::uint32_t steps, const make_optimizer& make) {
  plain_lenet net(1, 16);
  set_parameters(net, runtime.layout(), initial(runtime));
  const auto optimizer = make(net.parameters());
  std::vector<std::uint32_t> shard;
  for (std::uint32_t i = 0; i < set.train.count; i += 2)
    shard.push_back(i);
  for (const auto& batch : learning::sampler_of(options, 3, shard.size()).batches(0, shard, 0, steps)) {
    optimizer->zero_grad();
    torch::nn::functional::cross_entropy(net.forward(images_of(set, set.train, batch)), labels_of(set.train, batch))
        .backward();
    optimizer->step();
  }
  return parameters_of(net, runtime.layout());
}

/// Largest difference between this trainer and LibTorch's optimizer after ten steps in jobs of five.
double difference(const training_options& options, const make_optimizer& make) {
  const auto set = random_images({1, 16, 16}, 100);
  const auto runtime = runtime_of("lenet", set, options);
  const auto trainer = runtime->make_trainer();
  trained_node node(*runtime);
  node.train(*trainer, 5);
  node.train(*trainer, 5);
  CHECK(node.values != initial(*runtime));
  return largest_difference(node.values, train_plainly(*runtime, *set, options, 10, make));
}

std::size_t threads() {
  using files = std::filesystem::directory_iterator;
  return static_cast<std::size_t>(std::distance(files("/proc/self/task"), files()));
}

} // namespace

TEST_CASE("training equals LibTorch's SGD, Adam and AdamW on plain layers") {
  CHECK(difference({.learning_rate = 0.05}, [](auto parameters) {
          return std::make_unique<torch::optim::SGD>(parameters, torch::optim::SGDOptions(0.05));
        }) < 1e-5);
  CHECK(
      difference({.learning_rate = 0.02, .momentum = 0.9, .nesterov = true, .weight_decay = 0.01}, [](auto parameters) {
        return std::make_unique<torch::optim::SGD>(
            parameters, torch::optim::SGDOptions(0.02).momentum(0.9).nesterov(true).weight_decay(0.01));
      }) < 1e-5);
  // Adam divides by the gradient's size: where that is close to 0, rounding decides the step's direction.
  CHECK(difference({.optimizer = optimizer_kind::adam, .learning_rate = 1e-3, .weight_decay = 0.01, .epsilon = 1e-3},
                   [](auto parameters) {
                     return std::make_unique<torch::optim::Adam>(
                         parameters, torch::optim::AdamOptions(1e-3).weight_decay(0.01).eps(1e-3));
                   }) < 1e-5);
  CHECK(difference({.optimizer = optimizer_kind::adamw, .learning_rate = 1e-3, .weight_decay = 0.1, .epsilon = 1e-3},
                   [](auto parameters) {
                     return std::make_unique<torch::optim::AdamW>(
                         parameters, torch::optim::AdamWOptions(1e-3).weight_decay(0.1).eps(1e-3));
                   }) < 1e-5);
}

TEST_CASE("training equals LibTorch's RMSprop and Adagrad on plain layers") {
  CHECK(difference({.optimizer = optimizer_kind::rmsprop,
                    .learning_rate = 1e-3,
                    .momentum = 0.5,
                    .weight_decay = 0.01,
                    .epsilon = 1e-2,
                    .centered = true},
                   [](auto parameters) {
                     return std::make_unique<torch::optim::RMSprop>(
                         parameters,
                         torch::optim::RMSpropOptions(1e-3).momentum(0.5).weight_decay(0.01).eps(1e-2).centered(true));
                   }) < 1e-5);
  CHECK(difference({.optimizer = optimizer_kind::adagrad,
                    .learning_rate = 1e-3,
                    .epsilon = 1e-3,
                    .learning_rate_decay = 0.1,
                    .initial_accumulator = 0.1},
                   [](auto parameters) {
                     return std::make_unique<torch::optim::Adagrad>(
                         parameters,
                         torch::optim::AdagradOptions(1e-3).lr_decay(0.1).initial_accumulator_value(0.1).eps(1e-3));
                   }) < 1e-5);
}

TEST_CASE("training by Adadelta equals its rule in double precision") {
  const training_options options{
      .optimizer = optimizer_kind::adadelta, .learning_rate = 0.5, .weight_decay = 0.01, .epsilon = 1e-3, .rho = 0.9};
  const auto runtime = runtime_of("lenet", random_images({1, 16, 16}, 100), options);
  const auto trainer = runtime->make_trainer();
  trained_node node(*runtime);
  const auto start = node.values;
  std::vector<double> x(start.begin(), start.end()), square(x.size()), moved(x.size());
  for (std::uint64_t step = 0; step < 10; ++step) {
    const std::vector<float> point(x.begin(), x.end());
    std::vector<float> gradient(x.size());
    trainer->gradient(0, point, gradient, {step, 1});
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double g = static_cast<double>(gradient[i]) + options.weight_decay * x[i];
      square[i] = options.rho * square[i] + (1 - options.rho) * g * g;
      const double delta = std::sqrt(moved[i] + options.epsilon) / std::sqrt(square[i] + options.epsilon) * g;
      moved[i] = options.rho * moved[i] + (1 - options.rho) * delta * delta;
      x[i] -= options.learning_rate * delta;
    }
    node.train(*trainer, 1);
  }
  CHECK(largest_difference(node.values, {x.begin(), x.end()}) < 1e-5);
  CHECK(largest_difference(node.values, start) > 1e-3);
}

TEST_CASE("RMSprop, Adagrad and Adadelta keep their state from job to job, or begin anew in each") {
  const auto set = random_images({1, 16, 16}, 100);
  for (training_options options :
       {training_options{.optimizer = optimizer_kind::rmsprop, .momentum = 0.5, .epsilon = 1e-3, .centered = true},
        training_options{.optimizer = optimizer_kind::adagrad, .epsilon = 1e-3, .learning_rate_decay = 0.1},
        training_options{.optimizer = optimizer_kind::adadelta, .epsilon = 1e-3}}) {
    options.learning_rate = 1e-2;
    const auto kept = runtime_of("cnn", set, options);
    const auto trainer = kept->make_trainer();
    trained_node at_once(*kept), in_jobs(*kept), anew(*kept);
    at_once.train(*trainer, 5);
    in_jobs.train(*trainer, 2);
    in_jobs.train(*trainer, 3);
    CHECK(in_jobs.values == at_once.values);
    CHECK(in_jobs.state == at_once.state);

    options.reset_optimizer = true;
    const auto reset = runtime_of("cnn", set, options);
    CHECK(reset->optimizer_vectors() == 0);
    const auto forgetful = reset->make_trainer();
    trained_node forgotten(*reset);
    forgotten.train(*forgetful, 2);
    forgotten.train(*forgetful, 3);
    CHECK(forgotten.values != at_once.values);
    const std::vector<std::span<float>> state(anew.state.begin(), anew.state.end());
    trainer->train(0, anew.values, state, {0, 2}, 0, anew.finite);
    trainer->train(0, anew.values, state, {2, 3}, 0, anew.finite);
    CHECK(anew.values == forgotten.values);
  }
}

TEST_CASE("two trainers in two threads give the same bits, whatever they did before") {
  const auto set = random_images({1, 28, 28}, 100);
  const auto runtime = runtime_of("lenet", set, {.momentum = 0.9});
  std::vector<float> results[2];
  const auto work = [&](std::size_t which) {
    const auto trainer = runtime->make_trainer();
    for (std::size_t i = 0; i < which; ++i) { // another node's training and an evaluation come first
      trained_node other(*runtime);
      other.train(*trainer, 3, 1);
      trainer->evaluate(1, other.values, learning::test_set::global, 0);
    }
    trained_node node(*runtime);
    node.train(*trainer, 5);
    results[which] = node.values;
  };
  std::thread first(work, 0), second(work, 1);
  first.join();
  second.join();
  CHECK(results[0] == results[1]);
  CHECK(results[0] != initial(*runtime));
}

TEST_CASE("with reset_optimizer each job starts without momentum") {
  const auto set = random_images({1, 16, 16}, 100);
  const training_options options{.momentum = 0.9, .reset_optimizer = true};
  const auto runtime = runtime_of("lenet", set, options);
  CHECK(runtime->optimizer_vectors() == 0);
  const auto trainer = runtime->make_trainer();
  trained_node steady(*runtime), single(*runtime);
  steady.train(*trainer, 2);
  single.train(*trainer, 1);
  single.train(*trainer, 1);
  CHECK(steady.values != single.values);

  const auto plain = runtime_of("lenet", set, {});
  trained_node without_momentum(*plain);
  without_momentum.train(*plain->make_trainer(), 2);
  CHECK(single.values == without_momentum.values);
}

TEST_CASE("a gradient is the slope of the loss") {
  const auto set = random_sums(5, 64);
  const auto runtime = runtime_of("mlp", set, {.batch_size = 32, .drop_last = false},
                                  {{"hidden", std::vector<std::int64_t>{8}}, {"activation", std::string("tanh")}});
  const auto trainer = runtime->make_trainer();
  auto point = initial(*runtime);
  std::vector<float> gradient(point.size()), ignored(point.size());
  trainer->gradient(0, point, gradient, {0, 1});
  constexpr float h = 1e-2f;
  for (std::size_t i = 0; i < point.size(); i += 3) {
    const float x = point[i];
    point[i] = x + h;
    const double above = trainer->gradient(0, point, ignored, {0, 1});
    point[i] = x - h;
    const double below = trainer->gradient(0, point, ignored, {0, 1});
    point[i] = x;
    CHECK(gradient[i] == doctest::Approx((above - below) / (2 * h)).epsilon(0.01).scale(0.1));
  }
}

TEST_CASE("plain SGD with weight decay is a step against the gradient") {
  const auto set = random_images({1, 16, 16}, 100);
  const auto runtime = runtime_of("cnn", set, {.learning_rate = 0.1, .weight_decay = 0.5});
  const auto trainer = runtime->make_trainer();
  trained_node node(*runtime);
  const auto before = node.values;
  std::vector<float> gradient(before.size()), expected(before.size());
  const double loss = trainer->gradient(0, before, gradient, {0, 1});
  CHECK(node.train(*trainer, 1) == loss);
  for (std::size_t i = 0; i < before.size(); ++i)
    expected[i] = before[i] - 0.1f * (gradient[i] + 0.5f * before[i]);
  CHECK(largest_difference(node.values, expected) < 1e-7);
}

TEST_CASE("a step along a given gradient is a step of training, on a node without data, too") {
  const auto set = random_images({1, 16, 16}, 100);
  for (const bool reset : {false, true}) {
    const auto runtime = runtime_of(
        "lenet", set,
        {.optimizer = optimizer_kind::adam, .learning_rate = 0.01, .gradient_clip = 0.5, .reset_optimizer = reset});
    const auto trainer = runtime->make_trainer();
    auto trained = initial(*runtime), stepped = trained;
    const auto zeros = [&] { return std::vector(runtime->optimizer_vectors(), std::vector<float>(trained.size())); };
    auto trained_state = zeros(), stepped_state = zeros();
    const std::vector<std::span<float>> of_trained(trained_state.begin(), trained_state.end()),
        of_stepped(stepped_state.begin(), stepped_state.end());
    std::vector<float> gradient(trained.size());
    for (std::uint32_t step = 0; step < 3; ++step) {
      bool finite = true;
      trainer->train(0, trained, of_trained, {step, 1}, step, finite);
      trainer->gradient(0, stepped, gradient, {step, 1});
      CHECK(trainer->apply(stepped, gradient, of_stepped, step, step));
      CHECK(trained == stepped);
    }
    gradient.front() = std::numeric_limits<float>::infinity();
    CHECK_FALSE(trainer->apply(stepped, gradient, of_stepped, 3, 3));
  }
}

TEST_CASE("a dropout mask is a function of the step's random numbers only") {
  const auto random = std::make_shared<models::detail::step_random>();
  const models::detail::dropout layer(0.25, random);
  const auto ones = torch::ones({100, 100});
  const auto mask = [&](node_id node, std::uint32_t step) {
    random->stream.emplace(1, purpose::dropout, node, step);
    return layer.apply(ones, true);
  };
  const auto reference = mask(2, 3);
  CHECK(torch::equal(reference, mask(2, 3)));
  CHECK_FALSE(torch::equal(reference, mask(2, 4)));
  CHECK_FALSE(torch::equal(reference, mask(3, 3)));
  CHECK(reference.eq(0).to(torch::kFloat).mean().item<double>() == doctest::Approx(0.25).epsilon(0.05));
  CHECK(reference.max().item<float>() == doctest::Approx(4.0 / 3));
  CHECK(torch::equal(layer.apply(ones, false), ones));
}

TEST_CASE("training with dropout takes nothing from LibTorch's generator") {
  const auto set = random_images({1, 28, 28}, 100);
  const auto runtime = runtime_of("mlp", set, {}, {{"dropout", 0.5}});
  const auto train_with_seed = [&](std::uint64_t seed) {
    const auto trainer = runtime->make_trainer();
    torch::manual_seed(seed);
    trained_node node(*runtime);
    node.train(*trainer, 3);
    return node.values;
  };
  CHECK(train_with_seed(1) == train_with_seed(2));
}

TEST_CASE("an exploding node is reported") {
  const auto runtime = runtime_of("mlp", random_images({1, 16, 16}, 100), {.learning_rate = 1e30});
  trained_node node(*runtime);
  node.train(*runtime->make_trainer(), 5);
  CHECK_FALSE(node.finite);
}

TEST_CASE("training starts no threads") {
  const auto runtime = runtime_of("lenet", random_images({1, 28, 28}, 600), {.batch_size = 64});
  const auto trainer = runtime->make_trainer();
  const auto before = threads();
  trained_node node(*runtime);
  node.train(*trainer, 5);
  trainer->evaluate(0, node.values, learning::test_set::global, 0);
  CHECK(threads() == before);
}

TEST_CASE("a thread with a trainer takes denormal numbers for zero") {
  float product = 1;
  std::thread([&] {
    const auto trainer = runtime_of("mlp", random_images({1, 16, 16}, 16))->make_trainer();
    volatile float tiny = 1e-38f;
    product = tiny * 0.01f;
  }).join();
  CHECK(product == 0);
}
