#define RHIZOME_TEST_WITH_TORCH
#include "tests/support/doctest.hpp"

#include <fstream>
#include <thread>

#include <torch/csrc/jit/runtime/graph_executor.h>

#include "tests/models/scripted.hpp"

using namespace rhizome;
using namespace rhizome::models::test;

namespace {

constexpr std::int64_t pixels = 8 * 8;

data::dataset_ptr images() {
  return random_images({1, 8, 8}, 100);
}

/// The sentence about a module with that code.
std::string refusal_of(const std::string& code) {
  const model_files files;
  return refusal("torchscript", images(), {{"path", files.write(scripted(pixels, code))}});
}

std::string refusal_of(const torch::jit::Module& module) {
  const model_files files;
  return refusal("torchscript", images(), {{"path", files.write(module)}});
}

std::string with_dropout(const std::string& hidden) {
  return "def forward(self, x):\n  hidden = torch.linear(x.flatten(1), self.fc1.weight, self.fc1.bias)\n  p = 0.0\n"
         "  if self.training:\n    p = 0.5\n  hidden = " +
         hidden + "\n  return torch.linear(hidden, self.fc2.weight, self.fc2.bias)\n";
}

/// Batch normalisation between the layers, and a counter.
torch::jit::Module with_statistics() {
  torch::jit::Module made("__torch__.normalised");
  made.register_attribute("training", c10::BoolType::get(), true);
  add_layer(made, "fc1", pixels, 20);
  add_layer(made, "fc2", 20, 10);
  made.register_parameter("scale", torch::ones({20}).requires_grad_(), false);
  made.register_parameter("shift", torch::zeros({20}).requires_grad_(), false);
  made.register_parameter("mean", torch::zeros({20}), true);
  made.register_parameter("variance", torch::ones({20}), true);
  made.register_parameter("count", torch::zeros({}, torch::kLong), true);
  made.define(R"(
def forward(self, x):
  hidden = torch.linear(x.flatten(1), self.fc1.weight, self.fc1.bias)
  self.count.add_(1)
  momentum = 1.0 / float(self.count.item())
  hidden = torch.batch_norm(hidden, self.scale, self.shift, self.mean, self.variance, self.training, momentum, 1e-5, False)
  return torch.linear(torch.relu(hidden), self.fc2.weight, self.fc2.bias)
)");
  return made;
}

} // namespace

TEST_CASE("a scripted module begins with its own parameters, which keep their names") {
  const model_files files;
  const auto module = scripted(pixels);
  const auto runtime = runtime_of("torchscript", images(), {}, {{"path", files.write(module)}});
  const auto values = initial(*runtime);
  REQUIRE(runtime->layout().parameters == 65 * 20 + 21 * 10);
  CHECK(values == initial(*runtime, 1));
  std::size_t found = 0;
  for (const auto& parameter : module.named_parameters())
    for (const auto& tensor : runtime->layout().tensors)
      if (tensor.name == parameter.name) {
        ++found;
        CHECK(at::IntArrayRef(tensor.shape) == parameter.value.sizes());
        const auto there = parameter.value.detach().contiguous();
        CHECK(std::equal(there.data_ptr<float>(), there.data_ptr<float>() + there.numel(),
                         values.begin() + static_cast<std::ptrdiff_t>(tensor.offset)));
      }
  CHECK(found == 4);
}

TEST_CASE("a scripted module trains to the same bits as the same layers from here") {
  const model_files files;
  const auto set = images();
  const learning::training_options training{.momentum = 0.9};
  const auto file = files.write(scripted(pixels));
  const auto theirs = runtime_of("torchscript", set, training, {{"path", file}});
  const auto ours = runtime_of("mlp", set, training, {{"hidden", std::vector<std::int64_t>{20}}, {"initial", file}});
  trained_node there(*theirs), here(*ours);
  CHECK(there.values == here.values);
  const auto trainer = theirs->make_trainer(), own = ours->make_trainer();
  for (int job = 0; job < 3; ++job)
    CHECK(there.train(*trainer, 5) == here.train(*own, 5));
  CHECK(there.values == here.values);
  CHECK(there.values != initial(*ours));
  CHECK(trainer->evaluate(0, there.values, learning::test_set::global, 0).loss ==
        own->evaluate(0, here.values, learning::test_set::global, 0).loss);
}

TEST_CASE("a scripted module gives the same bits in every thread, however often it has run there") {
  const model_files files;
  const auto runtime =
      runtime_of("torchscript", images(), {.momentum = 0.9}, {{"path", files.write(with_statistics())}});
  std::vector<float> results[2];
  const auto work = [&](std::size_t which) {
    const auto trainer = runtime->make_trainer();
    for (std::size_t i = 0; i < which * 10; ++i) { // another node's training and an evaluation come first
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
  CHECK_FALSE(torch::jit::getProfilingMode());
  CHECK_FALSE(torch::jit::getExecutorMode());
}

TEST_CASE("running statistics are in the vector, change in training only, and counters begin each step anew") {
  const model_files files;
  const auto runtime = runtime_of("torchscript", images(), {}, {{"path", files.write(with_statistics())}});
  const auto& layout = runtime->layout();
  CHECK(layout.parameters == 65 * 20 + 21 * 10 + 40);
  CHECK(layout.buffers == 40);
  const auto begin = static_cast<std::ptrdiff_t>(layout.parameters);
  const auto statistics = [&](const std::vector<float>& values) {
    return std::vector<float>(values.begin() + begin, values.end());
  };
  trained_node node(*runtime);
  const auto untrained = statistics(node.values);
  CHECK(untrained.front() == 0.0f);
  CHECK(untrained.back() == 1.0f);
  const auto trainer = runtime->make_trainer();
  node.train(*trainer, 2);
  const auto trained = statistics(node.values);
  CHECK(trained != untrained);
  // With a count of one the statistics are those of the last batch alone.
  auto spoilt = node;
  std::fill(spoilt.values.begin() + begin, spoilt.values.end(), 7.0f);
  spoilt.train(*trainer, 1);
  node.train(*trainer, 1);
  CHECK(statistics(node.values) == statistics(spoilt.values));
  const auto before = trainer->evaluate(0, node.values, learning::test_set::global, 0).loss;
  CHECK(trainer->evaluate(0, node.values, learning::test_set::global, 0).loss == before);
}

TEST_CASE("frozen parameters keep their values") {
  const model_files files;
  auto module = scripted(pixels);
  for (const auto& parameter : module.named_parameters())
    if (parameter.name == "fc1.weight")
      parameter.value.set_requires_grad(false);
  const auto runtime = runtime_of("torchscript", images(), {.weight_decay = 0.1}, {{"path", files.write(module)}});
  CHECK(runtime->layout().buffers == pixels * 20);
  trained_node node(*runtime);
  node.train(*runtime->make_trainer(), 3);
  const auto values = initial(*runtime);
  const auto begin = static_cast<std::ptrdiff_t>(runtime->layout().parameters);
  CHECK(std::equal(values.begin() + begin, values.end(), node.values.begin() + begin));
  CHECK_FALSE(std::equal(values.begin(), values.begin() + begin, node.values.begin()));
}

TEST_CASE("tied weights are one parameter") {
  torch::jit::Module module("__torch__.tied");
  const auto weight = (torch::ones({10, 64}) / 64).requires_grad_();
  module.register_parameter("first", weight, false);
  module.register_parameter("second", weight, false);
  module.define("def forward(self, x):\n  y = torch.linear(x.flatten(1), self.first)\n"
                "  return torch.linear(torch.matmul(y, self.second), self.first)\n");
  const model_files files;
  const auto runtime = runtime_of("torchscript", images(), {}, {{"path", files.write(module)}});
  REQUIRE(runtime->layout().tensors.size() == 1);
  CHECK(runtime->layout().tensors.front().name == "first");
  trained_node node(*runtime);
  node.train(*runtime->make_trainer(), 2);
  CHECK(node.values != initial(*runtime));
}

TEST_CASE("what draws random numbers in training is refused by name") {
  CHECK(contains(refusal_of(with_dropout("torch.dropout(hidden, 0.5, self.training)")), "(aten::dropout)"));
  CHECK(contains(refusal_of(with_dropout("torch.dropout_(hidden, 0.5, True)")), "(aten::dropout_)"));
  CHECK(contains(refusal_of(with_dropout("torch.bernoulli(torch.sigmoid(hidden)) * hidden")), "(aten::bernoulli)"));
  CHECK(contains(refusal_of(with_dropout("hidden + torch.randn_like(hidden)")), "(aten::randn_like)"));
  CHECK(contains(refusal_of(with_dropout("hidden + torch.empty_like(hidden).uniform_()")), "(aten::uniform_)"));
  CHECK(contains(refusal_of(with_dropout("torch.rrelu(hidden, 0.1, 0.3, self.training)")), "(aten::rrelu)"));
  // The graph computes the probability: that it draws shows when it runs.
  CHECK(contains(refusal_of(with_dropout("torch.dropout(hidden, p, True)")), "(aten::dropout)"));
}

TEST_CASE("in a method of a submodule it is refused as well") {
  auto module = scripted(pixels, "def helper(self, x):\n  return torch.feature_dropout(x, 0.2, self.training)\n");
  module.define("def forward(self, x):\n  x = torch.linear(x.flatten(1), self.fc1.weight)\n"
                "  return torch.linear(self.helper(x), self.fc2.weight)\n");
  CHECK(contains(refusal_of(module), "(aten::feature_dropout)"));
}

TEST_CASE("dropout that drops nothing is taken") {
  CHECK(refusal_of(with_dropout("torch.dropout(hidden, 0.0, self.training)")) == "");
  CHECK(refusal_of(with_dropout("torch.dropout(hidden, 0.5, False)")) == "");
  CHECK(refusal_of(with_dropout("torch.dropout(hidden, 0.0 * p, True)")) == "");
}

TEST_CASE("a module that keeps state outside of its buffers is refused") {
  auto module = scripted(pixels, "def helper(self, x):\n  return x\n");
  module.register_attribute("steps", c10::IntType::get(), std::int64_t{0});
  module.define("def forward(self, x):\n  self.steps = self.steps + 1\n"
                "  return torch.linear(torch.linear(x.flatten(1), self.fc1.weight), self.fc2.weight)\n");
  CHECK(contains(refusal_of(module), "assigns to attributes in forward (steps)"));
}

TEST_CASE("a file that is missing, empty or no TorchScript is refused with its name") {
  const model_files files;
  const auto missing = files.path("missing.pt"), empty = files.path("empty.pt"), text = files.path("text.pt");
  std::ofstream{empty};
  std::ofstream(text) << "no archive";
  CHECK(contains(refusal("torchscript", images(), {{"path", missing}}),
                 "model.path = \"" + missing + "\" cannot be read: No such file or directory."));
  CHECK(contains(refusal("torchscript", images(), {{"path", empty}}), "cannot be read: it is empty."));
  CHECK(contains(refusal("torchscript", images(), {{"path", text}}), text + " is no TorchScript file: "));
  // What a run leaves has no code.
  const auto left = files.path("model.pt");
  const auto mlp = runtime_of("mlp", images());
  REQUIRE(mlp->save(initial(*mlp), left));
  CHECK(contains(refusal("torchscript", images(), {{"path", left}}), left + " has no method forward"));
}

TEST_CASE("a module that does not fit the data set is refused with both shapes") {
  const model_files files;
  const auto file = files.write(scripted(pixels));
  CHECK(contains(refusal("torchscript", random_images({1, 9, 9}, 100), {{"path", file}}),
                 "cannot be trained on samples of the shape [1, 9, 9]: mat1 and mat2 shapes cannot be multiplied "
                 "(2x81 and 64x20)."));
  CHECK(
      contains(refusal("torchscript", random_images({1, 8, 8}, 100, 3), {{"path", file}}),
               "gives outputs of the shape [2, 10] for 2 samples; expected [2, 3], since the data set has 3 classes."));
  CHECK(contains(refusal("torchscript", random_sums(pixels, 100), {{"path", file}}),
                 "expected [2, 1], since the data set is for regression."));
}

TEST_CASE("code that cannot be trained is refused with the reason") {
  CHECK(contains(refusal_of("def forward(self, x):\n  return x.flatten(1)[:, :10]\n"),
                 "do not depend on its parameters"));
  CHECK(contains(refusal_of("def forward(self, x, y):\n  return x + y\n"), "takes 2 arguments; expected one"));
  auto doubles = scripted(pixels);
  doubles.to(torch::kDouble);
  CHECK(contains(refusal_of(doubles), "the parameter fc1.weight of "));
  CHECK(contains(refusal_of(doubles), "is of type Double; expected Float"));
  torch::jit::Module none("__torch__.none");
  none.define("def forward(self, x):\n  return x.flatten(1)[:, :10]\n");
  CHECK(contains(refusal_of(none), "has no parameters to train"));
}
