#define RHIZOME_TEST_WITH_TORCH
#include "tests/support/doctest.hpp"

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/learning/algorithms.hpp"
#include "core/sharing/buffers.hpp"
#include "core/sharing/registry.hpp"
#include "models/detail/residual.hpp"
#include "tests/models/fixture.hpp"
#include "tests/support/toy_world.hpp"

using namespace rhizome;
using namespace rhizome::models::test;
using models::detail::norm_kind;
using models::detail::norm_layer;

namespace {

double largest(const at::Tensor& difference) {
  return difference.abs().max().item<double>();
}

/// What stands behind the parameters in a node's vector.
std::vector<float> statistics_of(const learning::model_runtime& runtime, const std::vector<float>& values) {
  return {values.begin() + static_cast<std::ptrdiff_t>(runtime.layout().parameters), values.end()};
}

std::vector<float> without_statistics(const learning::model_runtime& runtime, const std::vector<float>& values) {
  return {values.begin(), values.begin() + static_cast<std::ptrdiff_t>(runtime.layout().parameters)};
}

struct image_model {
  std::string name;
  std::vector<std::int64_t> shape;
  model_keys keys = {};
};

/// Each on the smallest images that are quick.
std::vector<image_model> image_models() {
  return {{"cnn", {3, 16, 16}},
          {"femnist-cnn", {1, 8, 8}},
          {"celeba-cnn", {3, 16, 16}},
          {"resnet8", {3, 13, 13}},
          {"femnist-resnet", {1, 9, 9}},
          {"resnet18", {1, 8, 8}, {{"norm", std::string("batch")}}},
          {"resnet18", {1, 64, 64}, {{"norm", std::string("group")}}}};
}

} // namespace

TEST_CASE("BatchNorm and GroupNorm equal LibTorch's layers, running statistics included") {
  torch::manual_seed(1);
  norm_layer batch(norm_kind::batch, 4), group(norm_kind::group, 64);
  torch::nn::BatchNorm2d plain_batch(4);
  torch::nn::GroupNorm plain_group(torch::nn::GroupNormOptions(32, 64));
  for (int step = 0; step < 3; ++step) {
    const auto x = 3 * torch::randn({5, 4, 6, 6}) + 1, y = torch::randn({5, 64, 6, 6});
    CHECK(largest(batch.forward(x) - plain_batch(x)) < 1e-6);
    CHECK(largest(group.forward(y) - plain_group(y)) < 1e-6);
  }
  for (const auto& buffer : batch.named_buffers())
    CHECK(largest(buffer.value() - plain_batch->named_buffers()[buffer.key()]) < 1e-6);
  batch.eval();
  plain_batch->eval();
  const auto x = torch::randn({5, 4, 6, 6});
  CHECK(largest(batch.forward(x) - plain_batch(x)) < 1e-6);
  CHECK(group.named_buffers().is_empty());
}

TEST_CASE("a batch of one value per channel is normalised by the running statistics") {
  norm_layer layer(norm_kind::batch, 4);
  static_cast<void>(layer.forward(3 * torch::randn({5, 4, 6, 6}) + 1));
  const auto mean = layer.named_buffers()["running_mean"].clone();
  const auto x = torch::randn({1, 4, 1, 1});
  const auto trained = layer.forward(x);
  layer.eval();
  CHECK(torch::equal(trained, layer.forward(x)));
  CHECK(torch::equal(mean, layer.named_buffers()["running_mean"]));
}

TEST_CASE("every image model trains to the same bits in two threads, whatever a trainer did before") {
  for (const auto& model : image_models()) {
    CAPTURE(model.name);
    const auto runtime = runtime_of(model.name, random_images(model.shape, 16),
                                    {.batch_size = 4, .learning_rate = 0.01, .momentum = 0.9}, model.keys);
    std::vector<float> results[2];
    double losses[2];
    const auto work = [&](std::size_t which) {
      const auto trainer = runtime->make_trainer();
      if (which == 1) { // another node's training and an evaluation come first
        trained_node other(*runtime);
        other.train(*trainer, 2, 1);
        trainer->evaluate(1, other.values, learning::test_set::global, 0);
      }
      trained_node node(*runtime);
      losses[which] = node.train(*trainer, 2);
      CHECK(node.finite);
      results[which] = node.values;
    };
    std::thread first([&] { work(0); }), second([&] { work(1); });
    first.join();
    second.join();
    CHECK(std::isfinite(losses[0]));
    CHECK(losses[0] == losses[1]);
    CHECK(results[0] == results[1]);
    CHECK(results[0] != initial(*runtime));
  }
}

TEST_CASE("running statistics move with the node's data, and no optimizer touches them") {
  const auto set = random_images({1, 8, 8}, 32);
  const auto runtime = runtime_of("femnist-resnet", set, {.batch_size = 8, .learning_rate = 0, .weight_decay = 0.5});
  const auto trainer = runtime->make_trainer();
  trained_node a(*runtime), b(*runtime);
  a.train(*trainer, 1, 0);
  b.train(*trainer, 1, 1);
  const auto before = initial(*runtime);
  CHECK(without_statistics(*runtime, a.values) == without_statistics(*runtime, before));
  CHECK(statistics_of(*runtime, a.values) != statistics_of(*runtime, before));
  CHECK(statistics_of(*runtime, a.values) != statistics_of(*runtime, b.values));

  std::vector<float> gradient(before.size(), 1e30F);
  trainer->gradient(0, a.values, gradient, {1, 1});
  CHECK(statistics_of(*runtime, gradient) == std::vector<float>(runtime->layout().buffers, 0.0F));
}

TEST_CASE("an evaluation uses the running statistics that it is given") {
  const auto runtime = runtime_of("femnist-resnet", random_images({1, 8, 8}, 32), {.batch_size = 8});
  const auto trainer = runtime->make_trainer();
  trained_node node(*runtime);
  node.train(*trainer, 2);
  const auto loss = [&](const std::vector<float>& values) {
    return trainer->evaluate(0, values, learning::test_set::global, 0).loss;
  };
  auto other = node.values;
  for (auto i = runtime->layout().parameters; i < other.size(); ++i)
    other[i] += 1;
  const double own = loss(node.values);
  CHECK(loss(other) != own);
  CHECK(loss(node.values) == own);
}

TEST_CASE("residual networks have PyTorch's names, parameters first") {
  const auto runtime = runtime_of("resnet18", random_images({3, 32, 32}, 16), {}, {{"norm", std::string("batch")}});
  std::vector<std::string> names;
  for (const auto& tensor : runtime->layout().tensors)
    names.push_back(tensor.name);
  REQUIRE(names.size() == 62 + 40);
  CHECK(std::vector(names.begin(), names.begin() + 6) ==
        std::vector<std::string>{"conv1.weight", "bn1.weight", "bn1.bias", "layer1.0.conv1.weight",
                                 "layer1.0.bn1.weight", "layer1.0.bn1.bias"});
  CHECK(std::vector(names.begin() + 21, names.begin() + 24) == std::vector<std::string>{"layer2.0.downsample.0.weight",
                                                                                        "layer2.0.downsample.1.weight",
                                                                                        "layer2.0.downsample.1.bias"});
  CHECK(std::vector(names.begin() + 60, names.begin() + 64) ==
        std::vector<std::string>{"fc.weight", "fc.bias", "bn1.running_mean", "bn1.running_var"});
  CHECK(names.back() == "layer4.1.bn2.running_var");
}

TEST_CASE("two nodes that mix end with one model, and with own statistics only where these are local") {
  const auto set = random_images({1, 8, 8}, 32);
  const auto runtime = runtime_of("femnist-resnet", set, {.batch_size = 8, .learning_rate = 0.01});
  const learning::vector_layout& layout = runtime->layout();
  const auto models_with = [&](sharing::buffer_use use) {
    test::toy_run run(*runtime, learning::d_psgd(), 2, 2);
    run.options.views = test::static_views({{0.5, 0.5}, {0.5, 0.5}});
    run.context.make_strategy = [use, &layout](node_id) {
      return sharing::with_buffers(sharing::find_strategy("full").make({}), use, {layout.parameters, layout.buffers});
    };
    return test::values_of(run.run()->models());
  };
  const auto shared = models_with(sharing::buffer_use::shared), local = models_with(sharing::buffer_use::local);
  CHECK(shared[0] == shared[1]);
  CHECK(models_with(sharing::buffer_use::averaged) == shared);
  CHECK(without_statistics(*runtime, local[0]) == without_statistics(*runtime, local[1]));
  CHECK(statistics_of(*runtime, local[0]) != statistics_of(*runtime, local[1]));
  CHECK(without_statistics(*runtime, local[0]) == without_statistics(*runtime, shared[0])); // training sees the batch's
}
