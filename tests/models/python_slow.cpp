// Fifty steps here and in Python's torch, from the same parameters and on the same batches: the losses agree to 1e-5.
//
// Both sum in float32, but not in the same order (GroupNorm, ReLU and pooling are one kernel of our own, and so are the
// optimizers), and a difference of the last bit grows with each step, the faster the larger the steps are. The learning
// rates here are such that training makes progress while the paths stay together. Adam divides by the gradient's size:
// with its default epsilon rounding decides the direction of entries whose gradient is next to nothing.
#define RHIZOME_TEST_WITH_TORCH
#include "tests/support/doctest.hpp"

#include <bit>
#include <fstream>
#include <sstream>

#include <fmt/ranges.h>

#include "core/learning/sampler.hpp"
#include "tests/models/scripted.hpp"
#include "tests/support/python.hpp"

using namespace rhizome;
using namespace rhizome::models::test;
using learning::optimizer_kind;

namespace {

constexpr std::uint32_t steps = 50;

/// Writes an array in numpy's format, version 1.0.
void write_npy(const std::string& file, const char* type, const std::vector<std::int64_t>& shape, const void* data,
               std::size_t bytes) {
  static_assert(std::endian::native == std::endian::little);
  auto header =
      fmt::format("{{'descr': '<{}', 'fortran_order': False, 'shape': ({},), }}", type, fmt::join(shape, ", "));
  header.resize((10 + header.size() + 64) / 64 * 64 - 10 - 1, ' ');
  header += '\n';
  std::ofstream out(file, std::ios::binary);
  out.write("\x93NUMPY\x01\x00", 8);
  out.put(static_cast<char>(header.size() % 256)).put(static_cast<char>(header.size() / 256));
  out << header;
  out.write(static_cast<const char*>(data), static_cast<std::streamsize>(bytes));
}

/// Writes node 0's batches as Python is to see them.
void write_batches(const std::string& directory, const data::dataset& set, const learning::training_options& training) {
  std::vector<std::uint32_t> shard, indices;
  for (std::uint32_t i = 0; i < set.train.count; i += 2)
    shard.push_back(i);
  for (const auto& batch : learning::sampler_of(training, 3, shard.size()).batches(0, shard, 0, steps))
    indices.insert(indices.end(), batch.begin(), batch.end());
  REQUIRE(indices.size() == steps * training.batch_size);
  const auto images = images_of(set, set.train, indices), labels = labels_of(set.train, indices);
  std::vector<std::int64_t> shape{steps, training.batch_size};
  write_npy(directory + "/labels.npy", "i8", shape, labels.data_ptr(), labels.nbytes());
  shape.insert(shape.end(), set.shape.begin(), set.shape.end());
  write_npy(directory + "/batches.npy", "f4", shape, images.data_ptr(), images.nbytes());
}

/// The largest relative difference between the losses of both sides.
double difference(const std::string& model, const learning::training_options& training, const std::string& optimizer,
                  const model_keys& keys = {}) {
  const tests::scratch_directory scratch;
  const auto set = random_images({1, 28, 28}, 1000);
  const auto runtime = runtime_of(model, set, training, keys);
  REQUIRE(runtime->save(initial(*runtime), scratch.path() / "model.pt"));
  write_batches(scratch.path().string(), *set, training);
  const auto name = model == "torchscript" ? std::get<std::string>(keys.front().second) : model;
  std::istringstream printed(tests::run_python(
      fmt::format("{}/tests/models/reference.py . {} '{}'", tests::source_directory(), name, optimizer),
      scratch.path()));
  const auto trainer = runtime->make_trainer();
  trained_node node(*runtime);
  double largest = 0;
  double first = 0, last = 0;
  for (std::uint32_t step = 0; step < steps; ++step) {
    double theirs = 0;
    REQUIRE(static_cast<bool>(printed >> theirs));
    const double ours = node.train(*trainer, 1);
    largest = std::max(largest, std::abs(ours - theirs) / theirs);
    (step == 0 ? first : last) = ours;
  }
  MESSAGE(model << ", " << optimizer << ": losses from " << first << " to " << last << ", largest difference "
                << largest);
  CHECK(std::abs(last - first) > 1e-3); // there was something to compare
  return largest;
}

} // namespace

TEST_CASE("fifty steps of the LeNet have the losses of Python's torch") {
  tests::require_python_torch();
  CHECK(difference("lenet", {.batch_size = 16, .learning_rate = 1e-3, .momentum = 0.9}, "SGD(lr=0.001, momentum=0.9)") <
        1e-5);
  CHECK(difference("lenet",
                   {.batch_size = 16, .optimizer = optimizer_kind::adam, .learning_rate = 1e-4, .epsilon = 1e-4},
                   "Adam(lr=0.0001, eps=0.0001)") < 1e-5);
}

TEST_CASE("fifty steps of an MLP have the losses of Python's torch") {
  tests::require_python_torch();
  CHECK(difference("mlp", {.batch_size = 16, .learning_rate = 0.01, .momentum = 0.9}, "SGD(lr=0.01, momentum=0.9)") <
        1e-5);
  CHECK(difference("mlp", {.batch_size = 16, .optimizer = optimizer_kind::adam, .learning_rate = 1e-3, .epsilon = 1e-4},
                   "Adam(lr=0.001, eps=0.0001)") < 1e-5);
}

TEST_CASE("fifty steps of a module from Python have the losses of Python's torch") {
  tests::require_python_torch();
  const tests::scratch_directory scratch;
  tests::run_python(tests::source_directory() + "/docs/examples/make_torchscript.py net.pt", scratch.path());
  CHECK(difference("torchscript", {.batch_size = 16, .learning_rate = 0.01, .momentum = 0.9},
                   "SGD(lr=0.01, momentum=0.9)", {{"path", (scratch.path() / "net.pt").string()}}) < 1e-5);
}
