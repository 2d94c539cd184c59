#define RHIZOME_TEST_WITH_TORCH
#include "tests/support/doctest.hpp"

#include <algorithm>
#include <cmath>

#include "tests/models/fixture.hpp"
#include "tests/models/sequence_data.hpp"

using namespace rhizome;
using namespace rhizome::models::test;
using learning::test_set;
using learning::training_options;

namespace {

const model_keys small_lstm{{"embedding", std::int64_t{8}}, {"hidden", std::int64_t{16}}, {"layers", std::int64_t{2}}};
const model_keys small_transformer{
    {"width", std::int64_t{16}}, {"heads", std::int64_t{2}}, {"layers", std::int64_t{2}}, {"dropout", 0.1}};

struct small_run {
  std::string model;
  data::dataset_ptr data;
  training_options training;
  model_keys keys;
};

/// Each model on data from which it can learn something in a few steps.
std::vector<small_run> small_runs() {
  const auto text = counting_text(12, 6, 400);
  const training_options adam{.batch_size = 32, .optimizer = learning::optimizer_kind::adam, .learning_rate = 0.01};
  auto with_dropout = small_lstm;
  with_dropout.emplace_back("dropout", 0.2);
  return {{"shakespeare-lstm", text, adam, {}},
          {"reddit-lstm", text, adam, {}},
          {"lstm", text, adam, with_dropout},
          {"transformer", text, adam, small_transformer},
          {"matrix-factorization",
           random_ratings(20, 30, 600),
           {.batch_size = 100, .learning_rate = 2},
           {{"factors", std::int64_t{4}}}}};
}

/// The Shakespeare network as one would write it with LibTorch's own layers.
struct plain_shakespeare : torch::nn::Module {
  torch::nn::Embedding embedding;
  torch::nn::LSTM lstm;
  torch::nn::Linear l1;

  plain_shakespeare(std::int64_t vocabulary, std::int64_t length)
      : embedding(vocabulary, 8), lstm(torch::nn::LSTMOptions(8, 256).num_layers(2).batch_first(true)),
        l1(256 * length, vocabulary) {
    register_module("embedding", embedding), register_module("lstm", lstm), register_module("l1", l1);
  }

  at::Tensor forward(const at::Tensor& tokens) {
    const auto outputs = std::get<0>(lstm(embedding(tokens)));
    return l1(torch::relu(outputs.reshape({tokens.size(0), -1})));
  }
};

at::Tensor tokens_of(const data::dataset& set, const data::samples& from) {
  const auto& bytes = std::get<std::vector<std::uint8_t>>(from.features);
  const auto tokens = torch::empty({static_cast<std::int64_t>(from.count), set.shape[0]}, torch::kLong);
  std::copy(bytes.begin(), bytes.end(), tokens.data_ptr<std::int64_t>());
  return tokens;
}

std::vector<std::uint32_t> counting(std::size_t n) {
  std::vector<std::uint32_t> numbers(n);
  for (std::uint32_t i = 0; i < n; ++i)
    numbers[i] = i;
  return numbers;
}

} // namespace

TEST_CASE("models of texts and ratings have as many parameters as published") {
  CHECK(runtime_of("shakespeare-lstm", counting_text(92, 80, 16))->layout().parameters == 2'683'708);
  CHECK(runtime_of("reddit-lstm", counting_text(9999, 10, 16))->layout().parameters == 4'317'895);
  CHECK(runtime_of("matrix-factorization", random_ratings(610, 9724, 16))->layout().parameters == 206'680);
  const std::size_t lstm = 12 * 8 + 4 * 16 * (8 + 16 + 2) + 4 * 16 * (16 + 16 + 2) + 17 * 12;
  CHECK(runtime_of("lstm", counting_text(12, 6, 16), {}, small_lstm)->layout().parameters == lstm);
  const std::size_t layer = 4 * 16 + 17 * 48 + 17 * 16 + 17 * 64 + 65 * 16;
  CHECK(runtime_of("transformer", counting_text(12, 6, 16), {}, small_transformer)->layout().parameters ==
        (12 + 6) * 16 + 2 * layer + 2 * 16 + 17 * 12);
}

TEST_CASE("the Shakespeare network's tensors have DecentralizePy's names, shapes and order") {
  const auto runtime = runtime_of("shakespeare-lstm", counting_text(92, 80, 16));
  const plain_shakespeare plain(92, 80);
  const auto& tensors = runtime->layout().tensors;
  const auto expected = plain.named_parameters();
  REQUIRE(tensors.size() == expected.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    CHECK(tensors[i].name == expected[i].key());
    CHECK(at::IntArrayRef(tensors[i].shape) == expected[i].value().sizes());
  }
}

TEST_CASE("an LSTM's loss and gradient are those of LibTorch's layers with the same parameters") {
  const auto set = counting_text(12, 6, 64);
  const auto runtime = runtime_of("shakespeare-lstm", set, {.batch_size = 32});
  const auto trainer = runtime->make_trainer();
  const auto values = initial(*runtime);
  plain_shakespeare plain(12, 6);
  set_parameters(plain, runtime->layout(), values);

  const auto evaluated = trainer->evaluate(0, values, test_set::global, 0);
  {
    const torch::NoGradGuard no_gradients;
    const auto outputs = plain.forward(tokens_of(*set, set->test));
    const auto labels = labels_of(set->test, counting(set->test.count));
    CHECK(evaluated.loss ==
          doctest::Approx(torch::nn::functional::cross_entropy(outputs, labels).item<double>()).epsilon(1e-5));
  }
  std::vector<float> gradient(values.size()), expected(values.size());
  trainer->gradient(0, values, gradient, {0, 1}); // all of node 0's samples: the even ones
  const auto even = torch::arange(0, 64, 2);
  torch::nn::functional::cross_entropy(plain.forward(tokens_of(*set, set->train).index_select(0, even)),
                                       labels_of(set->train, counting(64)).index_select(0, even))
      .backward();
  for (const auto& tensor : runtime->layout().tensors) {
    const auto slope = plain.named_parameters()[tensor.name].grad().contiguous();
    std::copy_n(slope.data_ptr<float>(), slope.numel(), expected.begin() + static_cast<std::ptrdiff_t>(tensor.offset));
  }
  CHECK(largest_difference(gradient, expected) < 1e-5);
  CHECK(largest_difference(gradient, std::vector<float>(values.size())) > 1e-3);
}

TEST_CASE("initial parameters of LSTMs, embeddings and norms have PyTorch's distributions") {
  const auto moments = [](const learning::model_runtime& runtime, const std::string& name) {
    const auto values = initial(runtime);
    const auto& tensors = runtime.layout().tensors;
    const auto tensor = std::ranges::find(tensors, name, [](const auto& t) { return t.name; });
    REQUIRE_MESSAGE(tensor != tensors.end(), name);
    const auto of =
        torch::from_blob(const_cast<float*>(values.data()) + tensor->offset, tensor->shape, torch::kFloat).clone();
    return std::array{of.mean().item<double>(), of.std().item<double>(), of.abs().max().item<double>()};
  };
  const auto lstm = runtime_of("reddit-lstm", counting_text(500, 10, 16));
  for (const auto* name : {"rnn_cells.weight_ih_l0", "rnn_cells.weight_hh_l1", "rnn_cells.bias_ih_l1"}) {
    const auto [mean, deviation, largest] = moments(*lstm, name);
    CHECK(std::abs(mean) < 0.005);
    CHECK(deviation == doctest::Approx(1 / 16.0 / std::sqrt(3)).epsilon(0.05));
    CHECK(largest <= 1 / 16.0);
    CHECK(largest > 0.99 / 16);
  }
  const auto [mean, deviation, largest] = moments(*lstm, "embedding.weight");
  CHECK(std::abs(mean) < 0.02);
  CHECK(deviation == doctest::Approx(1).epsilon(0.02));
  CHECK(largest > 3.5);
  const auto factors = moments(*runtime_of("matrix-factorization", random_ratings(300, 50, 16)), "user_factors.weight");
  CHECK(factors[2] <= 0.05);
  CHECK(factors[2] > 0.0495);
  const auto transformer = runtime_of("transformer", counting_text(12, 6, 16), {}, small_transformer);
  CHECK(moments(*transformer, "layer1.norm1.weight")[0] == 1);
  CHECK(moments(*transformer, "layer2.norm2.bias")[2] == 0);
}

TEST_CASE("the Reddit network's padding is zero and stays so, whatever the optimizer") {
  for (const auto optimizer : {learning::optimizer_kind::sgd, learning::optimizer_kind::adam}) {
    const training_options training{
        .batch_size = 32, .optimizer = optimizer, .learning_rate = 0.01, .weight_decay = 0.1};
    const auto runtime = runtime_of("reddit-lstm", counting_text(12, 6, 64), training);
    REQUIRE(runtime->layout().tensors[0].name == "embedding.weight");
    trained_node node(*runtime);
    const auto start = node.values;
    node.train(*runtime->make_trainer(), 3);
    CHECK(std::all_of(start.begin(), start.begin() + 200, [](float value) { return value == 0; }));
    CHECK(std::all_of(node.values.begin(), node.values.begin() + 200, [](float value) { return value == 0; }));
    for (std::size_t i = 200; i < std::size_t{12} * 200; ++i)
      REQUIRE(node.values[i] != start[i]);
  }
}

TEST_CASE("each model of texts and ratings learns, and its gradient is finite and reaches every tensor") {
  for (const auto& run : small_runs()) {
    CAPTURE(run.model);
    const auto runtime = runtime_of(run.model, run.data, run.training, run.keys);
    const auto trainer = runtime->make_trainer();
    trained_node node(*runtime);
    std::vector<float> gradient(node.values.size());
    trainer->gradient(0, node.values, gradient, {0, 2});
    for (const auto& tensor : runtime->layout().tensors) {
      CAPTURE(tensor.name);
      const auto begin = gradient.begin() + static_cast<std::ptrdiff_t>(tensor.offset);
      const auto end = begin + c10::multiply_integers(tensor.shape);
      CHECK(std::all_of(begin, end, [](float g) { return std::isfinite(g); }));
      CHECK(std::any_of(begin, end, [](float g) { return g != 0; }));
    }
    const auto before = trainer->evaluate(0, node.values, test_set::global, 0);
    node.train(*trainer, 40);
    const auto after = trainer->evaluate(0, node.values, test_set::global, 0);
    CHECK(node.finite);
    CHECK(after.loss < 0.8 * before.loss);
    CHECK(after.accuracy > before.accuracy);
  }
}

TEST_CASE("two trainers of such a model give the same bits, whatever they did before") {
  for (const auto& run : small_runs()) {
    CAPTURE(run.model);
    const auto runtime = runtime_of(run.model, run.data, run.training, run.keys);
    const auto fresh = runtime->make_trainer(), used = runtime->make_trainer();
    trained_node other(*runtime);
    other.train(*used, 2, 1);
    used->evaluate(1, other.values, test_set::global, 0);
    torch::manual_seed(99); // nothing is drawn from there
    trained_node first(*runtime), second(*runtime);
    first.train(*fresh, 3);
    second.train(*used, 3);
    CHECK(first.values == second.values);
  }
}

TEST_CASE("a transformer's last place sees every place before it, and places are told apart") {
  const auto set = std::make_shared<data::dataset>(*counting_text(12, 6, 16));
  const auto runtime = runtime_of("transformer", set, {}, small_transformer);
  const auto values = initial(*runtime);
  const auto loss_with = [&](std::size_t place, std::uint8_t token) {
    auto changed = std::make_shared<data::dataset>(*set);
    std::get<std::vector<std::uint8_t>>(changed->test.features)[place] = token;
    return runtime_of("transformer", changed, {}, small_transformer)
        ->make_trainer()
        ->evaluate(0, values, test_set::global, 0)
        .loss;
  };
  const auto token = std::get<std::vector<std::uint8_t>>(set->test.features)[0];
  const double unchanged = loss_with(0, token);
  for (std::size_t place = 0; place < 6; ++place)
    CHECK(loss_with(place, 11) != unchanged);
}

TEST_CASE("ratings are evaluated by mean squared error, mean absolute error and half stars") {
  const auto set = random_ratings(5, 4, 50);
  const auto runtime = runtime_of("matrix-factorization", set);
  std::vector<float> values(runtime->layout().size(), 0.0f);
  for (std::size_t i = 0; i < values.size(); i += 20) // the first factor alone: user u's is 1.2 + u/2, a film's is 2
    values[i] = i < 100 ? 1.2f + static_cast<float>(i) / 40 : 2.0f;
  const auto result = runtime->make_trainer()->evaluate(0, values, test_set::global, 0);

  double squares = 0, absolute = 0, right = 0;
  const auto& features = std::get<std::vector<float>>(set->test.features);
  for (std::size_t i = 0; i < set->test.count; ++i) {
    const double predicted = 2 * (1.2 + static_cast<double>(features[2 * i]) / 2), wanted = set->test.targets[i];
    squares += (predicted - wanted) * (predicted - wanted);
    absolute += std::abs(predicted - wanted);
    right += std::round(2 * std::clamp(predicted, 0.5, 5.0)) / 2 == wanted ? 1 : 0;
  }
  const auto count = static_cast<double>(set->test.count);
  CHECK(result.loss == doctest::Approx(squares / count).epsilon(1e-5));
  CHECK(result.mae == doctest::Approx(absolute / count).epsilon(1e-5));
  CHECK(result.accuracy == doctest::Approx(right / count));
  CHECK(result.accuracy > 0);
}

TEST_CASE("a regression has a mean absolute error without ratings too, and classes have none") {
  const auto sums = runtime_of("linear", random_sums(5, 40));
  CHECK(sums->make_trainer()->evaluate(0, initial(*sums), test_set::global, 0).mae > 0);
  const auto text = runtime_of("lstm", counting_text(12, 6, 40), {}, small_lstm);
  CHECK(std::isnan(text->make_trainer()->evaluate(0, initial(*text), test_set::global, 0).mae));
}

TEST_CASE("a model refuses data of the wrong kind and names those that fit") {
  const auto message = [](const auto&... arguments) { return try_runtime(arguments...).error().message; };
  const auto text = counting_text(12, 6, 16), ratings = random_ratings(5, 4, 16);
  for (const auto* model : {"lenet", "mlp", "logistic-regression", "matrix-factorization"}) {
    const auto said = message(model, text);
    CHECK(said.find("the samples of the data set are texts") != std::string::npos);
    CHECK(said.find("\"shakespeare-lstm\", \"reddit-lstm\", \"lstm\", \"transformer\"") != std::string::npos);
  }
  CHECK(message("mlp", ratings) ==
        "model.name = \"mlp\" needs images or measurements, but the samples of the data set "
        "are pairs of users and items; choose one of \"matrix-factorization\", \"torchscript\"");
  CHECK(message("lstm", random_images({1, 8, 8}, 16)).find("\"lenet\", \"cnn\", \"mlp\"") != std::string::npos);
  CHECK(message("transformer", text, training_options{}, model_keys{{"heads", std::int64_t{3}}}) ==
        "model.width = 64 cannot be divided among model.heads = 3; choose a multiple of the heads");
}
