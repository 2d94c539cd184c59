#define RHIZOME_TEST_WITH_TORCH
#include "tests/support/doctest.hpp"

#include <fstream>

#include "core/learning/registry.hpp"
#include "tests/models/scripted.hpp"

using namespace rhizome;
using namespace rhizome::models::test;

namespace {

using dictionary = c10::Dict<std::string, at::Tensor>;

/// Writes what `torch.save(dictionary, file)` writes in Python.
void write(const c10::IValue& values, const std::string& file) {
  const auto bytes = torch::pickle_save(values);
  std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

dictionary dictionary_of(const learning::model_runtime& runtime, const std::vector<float>& values) {
  dictionary tensors;
  for (const auto& tensor : runtime.layout().tensors)
    tensors.insert(
        tensor.name,
        torch::from_blob(const_cast<float*>(values.data()) + tensor.offset, tensor.shape, torch::kFloat).clone());
  return tensors;
}

std::vector<config::problem> problems(const model_keys& keys, const std::string& model = "mlp") {
  const auto schema = models::schema();
  auto section = config::defaults(schema, model);
  section.set("name", model);
  for (const auto& [name, value] : keys)
    section.set(name, value);
  config::document document;
  document.set("model", section);
  document.set("algorithm", config::defaults(learning::algorithm_schema(), "d-psgd"));
  return schema.check(document);
}

} // namespace

TEST_CASE("a run begins with the bits of another one's model") {
  const model_files files;
  const auto set = random_images({1, 28, 28}, 100);
  const auto first = runtime_of("lenet", set);
  trained_node node(*first);
  node.train(*first->make_trainer(), 3);
  REQUIRE(first->save(node.values, files.path("model.pt")));
  const auto second = runtime_of("lenet", set, {}, {{"initial", files.path("model.pt")}});
  CHECK(initial(*second) == node.values);
  CHECK(initial(*second, 1) == node.values);
}

TEST_CASE("a run begins with a dictionary of tensors, in whatever precision and order they are") {
  const model_files files;
  const auto set = random_images({1, 8, 8}, 100);
  const auto runtime = runtime_of("mlp", set);
  const auto values = initial(*runtime);
  auto tensors = dictionary_of(*runtime, values);
  const auto weight = tensors.at("fc1.weight");
  REQUIRE(tensors.erase("fc1.weight") == 1);
  tensors.insert("fc1.weight", weight.t().contiguous().t().to(torch::kDouble));
  tensors.insert("steps", torch::zeros({}, torch::kLong)); // a counter is no parameter
  write(tensors, files.path("state.pt"));
  CHECK(initial(*runtime_of("mlp", set, {}, {{"initial", files.path("state.pt")}})) == values);
}

TEST_CASE("a scripted module may begin with other parameters than its file's") {
  const model_files files;
  const auto set = random_images({1, 8, 8}, 100);
  const auto path = files.write(scripted(64));
  const auto own = runtime_of("torchscript", set, {}, {{"path", path}});
  auto values = initial(*own);
  values[3] += 1;
  REQUIRE(own->save(values, files.path("model.pt")));
  CHECK(initial(*runtime_of("torchscript", set, {}, {{"path", path}, {"initial", files.path("model.pt")}})) == values);
}

TEST_CASE("parameters of another model are refused with all names and shapes that differ") {
  const model_files files;
  const auto set = random_images({1, 8, 8}, 100);
  const auto runtime = runtime_of("mlp", set);
  auto tensors = dictionary_of(*runtime, initial(*runtime));
  REQUIRE(tensors.erase("fc1.bias") == 1);
  REQUIRE(tensors.erase("fc2.weight") == 1);
  tensors.insert("fc2.weight", torch::zeros({10, 30}));
  tensors.insert("fc3.bias", torch::zeros({1}));
  const auto file = files.path("other.pt");
  write(tensors, file);
  const auto why = refusal("mlp", set, {{"initial", file}});
  CHECK(why == "the parameters in " + file +
                   " are not those of the model: fc1.bias is missing; fc2.weight has the shape [10, 30] in place of "
                   "[10, 200]; fc3.bias is unknown to the model.");
}

TEST_CASE("a file without parameters is refused with what would do") {
  const model_files files;
  const auto set = random_images({1, 8, 8}, 100);
  const auto file = files.path("state.pt");
  CHECK(contains(refusal("mlp", set, {{"initial", file}}), "model.initial = \"" + file + "\" cannot be read"));
  std::ofstream(file) << "no archive";
  CHECK(contains(refusal("mlp", set, {{"initial", file}}), "torch.save(dict(module.state_dict()), "));
  write(torch::ones({2}), file);
  CHECK(contains(refusal("mlp", set, {{"initial", file}}), "torch.save(dict(module.state_dict()), "));
}

TEST_CASE("a changed file has another checksum, and no file leaves the data set's") {
  const model_files files;
  auto section = config::defaults(models::schema(), "mlp");
  CHECK(models::checksum_with_files(section, 5).value() == 5);
  section.set("initial", files.path("state.pt"));
  CHECK_FALSE(models::checksum_with_files(section, 5));
  std::ofstream(files.path("state.pt")) << "one";
  const auto one = models::checksum_with_files(section, 5).value();
  CHECK(models::checksum_with_files(section, 6).value() != one);
  std::ofstream(files.path("state.pt")) << "two";
  CHECK(models::checksum_with_files(section, 5).value() != one);
}

TEST_CASE("parameters from a file are the same for all nodes") {
  CHECK(problems({}).empty());
  CHECK(problems({{"init", std::string("independent")}}).empty());
  const model_keys both = {{"init", std::string("independent")}, {"initial", std::string("model.pt")}};
  REQUIRE(problems(both).size() == 1);
  CHECK(problems(both).front().key == "model.init");
  CHECK(contains(problems(both).front().sentence, "they come from model.initial; expected \"shared\""));
  CHECK(contains(problems({}, "torchscript").front().sentence, "name the TorchScript file"));
  CHECK(problems({{"path", std::string("net.pt")}}, "torchscript").empty());
  CHECK(problems({{"path", std::string("net.pt")}, {"init", std::string("independent")}}, "torchscript").size() == 1);
}
