#define RHIZOME_TEST_WITH_TORCH
#include "tests/support/doctest.hpp"

#include <set>

#include <fmt/format.h>

#include "core/config/parse.hpp"
#include "core/config/sections.hpp"
#include "core/learning/registry.hpp"
#include "tests/models/fixture.hpp"

using namespace rhizome;
using namespace rhizome::models::test;

TEST_CASE("models have as many parameters as published") {
  const auto mnist = random_images({1, 28, 28}, 16), cifar = random_images({3, 32, 32}, 16);
  CHECK(runtime_of("lenet", mnist)->layout().parameters == 83'754);
  CHECK(runtime_of("lenet", cifar)->layout().parameters == 89'834);
  CHECK(runtime_of("cnn", cifar)->layout().parameters == 62'006);
  CHECK(runtime_of("logistic-regression", mnist)->layout().parameters == 7'850);
  CHECK(runtime_of("mlp", mnist)->layout().parameters == 785 * 200 + 201 * 10);
  CHECK(runtime_of("mlp", mnist, {}, {{"hidden", std::vector<std::int64_t>{30, 20}}})->layout().parameters ==
        785 * 30 + 31 * 20 + 21 * 10);
  CHECK(runtime_of("linear", random_sums(7, 16))->layout().parameters == 8);
}

TEST_CASE("the models of DecentralizePy's image data sets have its parameters and running statistics") {
  const auto cifar = random_images({3, 32, 32}, 16), femnist = random_images({1, 28, 28}, 16, 62);
  const auto celeba = random_images({3, 84, 84}, 16, 2);
  const auto sizes = [](const std::string& model, const data::dataset_ptr& set, const model_keys& keys = {}) {
    const auto runtime = runtime_of(model, set, {}, keys);
    return std::pair{runtime->layout().parameters, runtime->layout().buffers};
  };
  using size_pair = std::pair<std::size_t, std::size_t>;
  CHECK(sizes("logistic-regression", femnist) == size_pair{48'670, 0});
  CHECK(sizes("femnist-cnn", femnist) == size_pair{1'690'046, 0});
  CHECK(sizes("celeba-cnn", celeba) == size_pair{30'242, 0});
  // PyTorch counts the batches that each BatchNorm layer has seen as well: 9 and 20 integers.
  CHECK(sizes("resnet8", cifar) == size_pair{4'932'344, 4'937'729 - 4'932'344 - 9});
  CHECK(sizes("femnist-resnet", femnist) == size_pair{2'811'678, 2'816'498 - 2'811'678 - 20});
  CHECK(sizes("resnet18", cifar, {{"norm", std::string("batch")}}) == size_pair{11'173'962, 9'600});
  CHECK(sizes("resnet18", cifar, {{"norm", std::string("group")}}) == size_pair{11'173'962, 0});
}

TEST_CASE("the LeNet's tensors have DecentralizePy's names, shapes and order") {
  const auto runtime = runtime_of("lenet", random_images({3, 32, 32}, 16));
  const plain_lenet plain(3, 32);
  const auto& tensors = runtime->layout().tensors;
  const auto expected = plain.named_parameters();
  REQUIRE(tensors.size() == expected.size());
  std::size_t offset = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    CHECK(tensors[i].name == expected[i].key());
    CHECK(at::IntArrayRef(tensors[i].shape) == expected[i].value().sizes());
    CHECK(tensors[i].offset == offset);
    offset += static_cast<std::size_t>(expected[i].value().numel());
  }
}

TEST_CASE("initial parameters have PyTorch's ranges") {
  const auto runtime = runtime_of("lenet", random_images({1, 28, 28}, 16));
  const auto values = initial(*runtime);
  for (const auto& tensor : runtime->layout().tensors) {
    CAPTURE(tensor.name);
    const bool weight = tensor.name.ends_with("weight");
    const auto count = c10::multiply_integers(tensor.shape);
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(tensor.offset);
    const auto [low, high] = std::minmax_element(begin, begin + count);
    if (tensor.name.starts_with("gn")) {
      CHECK(*low == (weight ? 1 : 0));
      CHECK(*high == (weight ? 1 : 0));
    } else if (tensor.name == "conv2.weight" || tensor.name == "fc1.weight") {
      const float bound = tensor.name == "conv2.weight" ? 1 / std::sqrt(800.0f) : 1 / 24.0f;
      CHECK(*high <= bound);
      CHECK(*low >= -bound);
      CHECK(*high > 0.99f * bound);
      CHECK(*low < -0.99f * bound);
    }
  }
}

TEST_CASE("initial parameters are shared by all nodes or independent") {
  const auto set = random_images({1, 28, 28}, 16);
  const auto shared = runtime_of("lenet", set);
  CHECK(initial(*shared, 0) == initial(*shared, 5));
  const auto independent = runtime_of("lenet", set, {}, {{"init", std::string("independent")}});
  CHECK(initial(*independent, 0) == initial(*shared, 0));
  CHECK(initial(*independent, 0) != initial(*independent, 5));
}

TEST_CASE("a model that does not fit the data says what it needs") {
  const auto message = [](const auto&... arguments) { return try_runtime(arguments...).error().message; };
  CHECK(message("lenet", random_images({1, 7, 9}, 16)) ==
        "model.name = \"lenet\" needs images of at least 8 x 8 pixels, but those of the data set have 7 x 9; choose "
        "another model, such as \"mlp\"");
  CHECK(message("cnn", random_images({1, 28, 15}, 16)).find("at least 16 x 16") != std::string::npos);
  CHECK(message("lenet", random_sums(7, 16)).find("shape [7]") != std::string::npos);
  for (const auto& [model, least] :
       {std::pair{"femnist-cnn", 4}, {"celeba-cnn", 16}, {"resnet8", 13}, {"femnist-resnet", 8}, {"resnet18", 8}}) {
    CHECK(message(model, random_images({1, 28, least - 1}, 16)).find(fmt::format("at least {0} x {0} pixels", least)) !=
          std::string::npos);
    CHECK(message(model, random_sums(7, 16)).find("needs images") != std::string::npos);
  }
  CHECK(message("linear", random_images({1, 28, 28}, 16)).find("logistic-regression") != std::string::npos);
  CHECK(message("logistic-regression", random_sums(7, 16)).find("linear") != std::string::npos);
  CHECK(message("mlp", random_sums(7, 16), learning::training_options{.loss = learning::loss_kind::cross_entropy})
            .find("expected \"mse\"") != std::string::npos);
  CHECK(message("mlp", random_sums(7, 32), learning::training_options{.local_epochs = 1'000'000, .batch_size = 1})
            .find("lower training.local_epochs") != std::string::npos);
}

TEST_CASE("the smallest images that a model takes train") {
  for (const auto& [model, side] : {std::pair{"lenet", 8}, {"cnn", 16}}) {
    const auto runtime = runtime_of(model, random_images({2, side, side}, 32));
    trained_node node(*runtime);
    CHECK(std::isfinite(node.train(*runtime->make_trainer(), 2)));
    CHECK(node.finite);
  }
}

TEST_CASE("running statistics stay with their node only where a sharing strategy decides what is sent") {
  const config::schema own{{models::schema(), learning::algorithm_schema(), config::runtime_schema()}};
  const auto refusal = [&own](const std::string& algorithm, const std::string& buffers) {
    const auto parsed =
        config::parse("", "f.toml", own, std::vector{"algorithm.name=" + algorithm, "model.buffers=" + buffers});
    return parsed ? std::string() : parsed.error().message;
  };
  for (const char* buffers : {"shared", "averaged", "local"})
    CHECK(refusal("d-psgd", buffers).empty());
  CHECK(refusal("local", "local").empty());
  for (const char* algorithm : {"all-reduce", "fed-avg"}) {
    CHECK(refusal(algorithm, "averaged").empty());
    CHECK(refusal(algorithm, "local").find("one model for all nodes") != std::string::npos);
  }
}
