#define RHIZOME_TEST_WITH_TORCH
#include "tests/support/doctest.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <numeric>

#include <torch/script.h>

#include "tests/models/fixture.hpp"

using namespace rhizome;
using namespace rhizome::models::test;
using learning::test_set;

TEST_CASE("an evaluation equals the mean over all test samples") {
  const auto set = random_images({1, 16, 16}, 1500);
  const auto runtime = runtime_of("lenet", set);
  const auto values = initial(*runtime);
  const auto result = runtime->make_trainer()->evaluate(0, values, test_set::global, 0);

  const torch::NoGradGuard no_gradients;
  plain_lenet net(1, 16);
  set_parameters(net, runtime->layout(), values);
  std::vector<std::uint32_t> all(1500);
  std::iota(all.begin(), all.end(), 0u);
  const auto outputs = net.forward(images_of(*set, set->test, all)), labels = labels_of(set->test, all);
  CHECK(result.samples == 1500);
  CHECK(result.loss ==
        doctest::Approx(torch::nn::functional::cross_entropy(outputs, labels).item<double>()).epsilon(1e-5));
  CHECK(result.accuracy == doctest::Approx(outputs.argmax(1).eq(labels).to(torch::kDouble).mean().item<double>()));
}

TEST_CASE("the squared error of classes is that of one-hot targets, in training and evaluation") {
  const auto set = random_images({1, 16, 16}, 1500);
  const auto runtime = runtime_of("lenet", set, {.batch_size = 750, .loss = learning::loss_kind::mse});
  const auto trainer = runtime->make_trainer();
  const auto values = initial(*runtime);
  plain_lenet net(1, 16);
  set_parameters(net, runtime->layout(), values);
  const auto plain_loss = [&](const data::samples& from, const std::vector<std::uint32_t>& indices) {
    const auto wanted = torch::one_hot(labels_of(from, indices), 10).to(torch::kFloat);
    return torch::nn::MSELoss()(net.forward(images_of(*set, from, indices)), wanted);
  };
  std::vector<std::uint32_t> all(1500), even;
  std::iota(all.begin(), all.end(), 0u);
  std::ranges::copy_if(all, std::back_inserter(even), [](auto i) { return i % 2 == 0; });

  const auto evaluated = trainer->evaluate(0, values, test_set::global, 0);
  CHECK(evaluated.loss == doctest::Approx(plain_loss(set->test, all).item<double>()).epsilon(1e-5));
  CHECK(evaluated.accuracy > 0);

  std::vector<float> gradient(values.size());
  const auto loss = plain_loss(set->train, even); // node 0's whole shard is one batch
  CHECK(trainer->gradient(0, values, gradient, {0, 1}) == doctest::Approx(loss.item<double>()).epsilon(1e-5));
  loss.backward();
  std::vector<float> expected(values.size());
  for (const auto& tensor : runtime->layout().tensors) {
    const auto slope = net.named_parameters()[tensor.name].grad().contiguous();
    std::copy_n(slope.data_ptr<float>(), slope.numel(), expected.begin() + static_cast<std::ptrdiff_t>(tensor.offset));
  }
  CHECK(largest_difference(gradient, expected) < 1e-5);
  CHECK(largest_difference(gradient, std::vector<float>(values.size())) > 1e-3);
}

TEST_CASE("a sample of the test set is the same for every node and trainer") {
  const auto set = random_images({1, 16, 16}, 500);
  const auto runtime = runtime_of("mlp", set);
  const auto values = initial(*runtime);
  const auto evaluate = [&](node_id node, std::uint64_t samples) {
    return runtime->make_trainer()->evaluate(node, values, test_set::global, samples);
  };
  CHECK(evaluate(0, 100).samples == 100);
  CHECK(evaluate(0, 100).loss == evaluate(1, 100).loss);
  CHECK(evaluate(0, 100).loss != evaluate(0, 500).loss);
  CHECK(evaluate(0, 1000).loss == evaluate(0, 0).loss);
}

TEST_CASE("local test sets are the node's own and may be empty") {
  const auto set = random_images({1, 16, 16}, 100);
  const auto runtime = runtime_of("mlp", set);
  const auto trainer = runtime->make_trainer();
  const auto values = initial(*runtime);
  const auto all = trainer->evaluate(0, values, test_set::global, 0);
  const auto even = trainer->evaluate(0, values, test_set::local, 0),
             odd = trainer->evaluate(1, values, test_set::local, 0);
  CHECK(even.samples == 50);
  CHECK((even.loss + odd.loss) / 2 == doctest::Approx(all.loss).epsilon(1e-5));
  const auto server = trainer->evaluate(2, values, test_set::local, 0);
  CHECK(server.samples == 0);
  CHECK(std::isnan(server.loss));
}

TEST_CASE("an evaluation on the validation set is that of a test set with the same samples") {
  const auto whole = random_images({1, 8, 8}, 300);
  auto swapped = std::make_shared<data::dataset>(*whole);
  swapped->validation = whole->test;
  swapped->test = random_images({1, 8, 8}, 20)->train;
  const auto runtime = runtime_of("mlp", whole), other = runtime_of("mlp", swapped);
  const auto values = initial(*runtime);
  const auto expected = runtime->make_trainer()->evaluate(0, values, test_set::global, 0);
  const auto trainer = other->make_trainer();
  const auto found = trainer->evaluate(0, values, test_set::validation, 0);
  CHECK(found.on == test_set::validation);
  CHECK(found.loss == expected.loss);
  CHECK(found.accuracy == expected.accuracy);
  CHECK(found.samples == 300);
  CHECK(trainer->evaluate(0, values, test_set::global, 0).samples == 20);
  const auto few = trainer->evaluate(0, values, test_set::validation, 30);
  CHECK(few.samples == 30);
  CHECK(few.loss == trainer->evaluate(5, values, test_set::validation, 30).loss); // the same draw for all nodes
}

TEST_CASE("linear regression finds the sum and has no accuracy") {
  const auto runtime = runtime_of("linear", random_sums(5, 200), {.learning_rate = 0.1});
  const auto trainer = runtime->make_trainer();
  trained_node node(*runtime);
  node.train(*trainer, 200);
  const auto result = trainer->evaluate(0, node.values, test_set::global, 0);
  CHECK(result.loss < 1e-6);
  CHECK(std::isnan(result.accuracy));
}

TEST_CASE("a saved model loads with the same bits under the same names") {
  const auto runtime = runtime_of("lenet", random_images({1, 28, 28}, 16));
  const auto values = initial(*runtime);
  const auto file = std::filesystem::temp_directory_path() / "rhizome_test_saved_model.pt";
  REQUIRE(runtime->save(values, file));
  const auto loaded = torch::jit::load(file.string());
  std::filesystem::remove(file);
  std::size_t found = 0;
  for (const auto& parameter : loaded.named_parameters())
    for (const auto& tensor : runtime->layout().tensors)
      if (tensor.name == parameter.name) {
        ++found;
        const auto expected =
            torch::from_blob(const_cast<float*>(values.data()) + tensor.offset, tensor.shape, torch::kFloat);
        CHECK(torch::equal(parameter.value, expected));
      }
  CHECK(found == runtime->layout().tensors.size());
}

TEST_CASE("a model that cannot be written is one sentence and leaves no file") {
  const auto runtime = runtime_of("mlp", random_images({1, 8, 8}, 16));
  const auto saved = runtime->save(initial(*runtime), "/nonexistent/model.pt");
  REQUIRE_FALSE(saved);
  CHECK(saved.error().message.starts_with("cannot write the model to /nonexistent/model.pt: "));
  CHECK(saved.error().message.find('\n') == std::string::npos);
}
