// From Python and back: a module that docs/examples/make_torchscript.py writes is trained, what the run leaves loads in
// Python's torch, and what Python saves begins another run.
#include <filesystem>
#include <string>

#include "cli/exit_code.hpp"
#include "tests/support/python.hpp"

using namespace rhizome;

namespace {

/// A small run of that section [model] on images of Fashion-MNIST's shape.
std::string run_of(const std::string& model) {
  return R"([experiment]
nodes = 4
rounds = 3

[data]
dataset = "synthetic-images"
train_samples = 400
test_samples = 100

[topology]
name = "ring"

[model]
)" + model;
}

constexpr const char* scripted = "name = \"torchscript\"\npath = \"net.pt\"\n";

/// A state dict for the network of the example, with the given last lines.
std::string python_with_model(const std::string& file, const std::string& lines) {
  return "-c \"import torch\nstate = torch.jit.load('" + file + "').state_dict()\n" + lines + "\"";
}

} // namespace

TEST_CASE("a module from Python is trained, loads in Python again, and begins another run") {
  tests::require_python_torch();
  const tests::scratch_directory scratch;
  scratch.write("run.toml", run_of(scripted));
  tests::run_python(tests::in_quotes(tests::source_directory() + "/docs/examples/make_torchscript.py") + " net.pt",
                    scratch.path());
  const auto summary = tests::run_experiment({"run.toml"}, scratch.path());
  CHECK(summary.at("status") == "done");
  const auto directory = summary.at("directory").get<std::string>();

  // The state dict has the module's names, its tensors fit, and they have moved.
  tests::run_python(python_with_model(directory + "/model.pt", R"(net = torch.jit.load('net.pt')
before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
assert list(before) == ['conv1.weight', 'conv1.bias', 'norm1.weight', 'norm1.bias', 'conv2.weight', 'conv2.bias',
                        'norm2.weight', 'norm2.bias', 'head.weight', 'head.bias'], list(before)
net.load_state_dict(state)
assert not torch.equal(before['head.weight'], net.state_dict()['head.weight'])
assert net(torch.zeros(2, 1, 28, 28)).shape == (2, 10)
torch.save(dict(state), 'plain.pt')
torch.save(net.state_dict(), 'ordered.pt'))"),
                    scratch.path());

  const auto from = [&](const std::string& file) {
    return tests::run_experiment({"run.toml", "--force", "--set", "model.initial=" + file}, scratch.path())
        .at("parameters_hash")
        .get<std::string>();
  };
  const auto continued = from(directory + "/model.pt");
  CHECK(continued == from("plain.pt"));
  CHECK(continued != summary.at("parameters_hash").get<std::string>());

  const auto ordered = tests::run_rhizome({"run", "run.toml", "--set", "model.initial=ordered.pt"}, scratch.path());
  CHECK(ordered.code == cli::exit_wrong_input);
  CHECK(ordered.output.find("torch.save(dict(module.state_dict())") != std::string::npos);
}

TEST_CASE("a model of a run without TorchScript loads in Python as a state dict") {
  tests::require_python_torch();
  const tests::scratch_directory scratch;
  scratch.write("run.toml", run_of("name = \"mlp\"\nhidden = [30]\n"));
  const auto summary = tests::run_experiment({"run.toml"}, scratch.path());
  tests::run_python(python_with_model(summary.at("directory").get<std::string>() + "/model.pt",
                                      R"(assert {name: tuple(tensor.shape) for name, tensor in state.items()} == {
    'fc1.weight': (30, 784), 'fc1.bias': (30,), 'fc2.weight': (10, 30), 'fc2.bias': (10,)}, state
assert all(type(tensor) is torch.Tensor and tensor.dtype == torch.float32 for tensor in state.values()))"),
                    scratch.path());
}

TEST_CASE("a module with dropout is refused before anything starts") {
  tests::require_python_torch();
  const tests::scratch_directory scratch;
  scratch.write("run.toml", run_of(scripted));
  tests::run_python("-c \"import torch\nfrom torch import nn\n"
                    "net = nn.Sequential(nn.Flatten(), nn.Linear(784, 20), nn.Dropout(0.5), nn.Linear(20, 10))\n"
                    "torch.jit.script(net).save('net.pt')\"",
                    scratch.path());
  const auto refused = tests::run_rhizome({"check", "run.toml"}, scratch.path());
  CHECK(refused.code == cli::exit_wrong_input);
  CHECK(refused.output.find("net.pt draws random numbers in training mode (aten::dropout)") != std::string::npos);
}
