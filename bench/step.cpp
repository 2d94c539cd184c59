// How long a local step takes: this project's trainer against the plainest correct LibTorch loop. See README.md.
// Compiled twice: bench_step_plain, with the system's malloc, is the plain side.

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "bench/report.hpp"
#include "core/data/load.hpp"
#include "core/data/schema.hpp"
#include "models/detail/batch.hpp"
#include "models/process_setup.hpp"
#include "models/runtime.hpp"
#include "models/schema.hpp"

namespace {

using namespace rhizome;
using steady = std::chrono::steady_clock;

constexpr std::uint64_t seed = 1;
// Where a value comes within rounding of ReLU's zero or of its neighbour in a pooling window, two correct programs go
// different ways, and from there apart. Small steps keep 100 of them free of that.
constexpr double learning_rate = 0.005;
constexpr std::uint32_t compared_steps = 100; // their losses are compared; they warm up as well
constexpr std::uint32_t steps_per_job = 5;
constexpr std::uint32_t timed_jobs = 100;
constexpr std::uint32_t pairs = 10;

/// What one process measured.
struct measurement {
  std::vector<double> losses;           ///< [compared_steps]
  std::vector<double> seconds_per_step; ///< [timed_jobs]
};

/// One node with all of Fashion-MNIST's training samples, and its batches.
struct task {
  data::dataset_ptr data;
  learning::training_options training = {.learning_rate = learning_rate};
  std::shared_ptr<models::node_samples> nodes = std::make_shared<models::node_samples>();

  task() {
    auto loaded = data::load(config::defaults(data::schema(), "fashion-mnist"), 1, seed);
    if (!loaded) {
      std::cerr << loaded.error().message << '\n';
      std::exit(2);
    }
    data = std::make_shared<const data::dataset>(std::move(*loaded));
    nodes->train.resize(1);
    nodes->train[0].resize(data->train.count);
    std::iota(nodes->train[0].begin(), nodes->train[0].end(), 0u);
  }

  [[nodiscard]] std::shared_ptr<learning::model_runtime> runtime() const {
    return models::make_runtime(config::defaults(models::schema(), "lenet"), training, data, nodes, {.seed = seed})
        .value();
  }
};

/// Calls `steps(first, count)` for the compared steps one by one and then for jobs of five, timed.
template <class Steps>
measurement measure(Steps steps) {
  measurement measured;
  for (std::uint32_t step = 0; step < compared_steps; ++step)
    measured.losses.push_back(steps(step, 1));
  for (std::uint32_t job = 0; job < timed_jobs; ++job) {
    const auto start = steady::now();
    steps(compared_steps + job * steps_per_job, steps_per_job);
    measured.seconds_per_step.push_back(std::chrono::duration<double>(steady::now() - start).count() / steps_per_job);
  }
  return measured;
}

/// The trainer as a run uses it, batches and copies of the node's vector included.
measurement measure_trainer() {
  models::prepare_process();
  const task work;
  const auto runtime = work.runtime();
  const auto trainer = runtime->make_trainer();
  std::vector<float> values(runtime->layout().size());
  runtime->initial_parameters(0, values);
  bool finite = true;
  return measure([&](std::uint32_t first, std::uint32_t count) {
    return trainer->train(0, values, {}, {first, count}, first, finite);
  });
}

/// The same network in LibTorch's own layers.
struct plain_lenet : torch::nn::Module {
  torch::nn::Conv2d conv1{torch::nn::Conv2dOptions(1, 32, 5).padding(2)};
  torch::nn::Conv2d conv2{torch::nn::Conv2dOptions(32, 32, 5).padding(2)};
  torch::nn::Conv2d conv3{torch::nn::Conv2dOptions(32, 64, 5).padding(2)};
  torch::nn::GroupNorm gn1{torch::nn::GroupNormOptions(2, 32)};
  torch::nn::GroupNorm gn2{torch::nn::GroupNormOptions(2, 32)};
  torch::nn::GroupNorm gn3{torch::nn::GroupNormOptions(2, 64)};
  torch::nn::MaxPool2d pool{torch::nn::MaxPool2dOptions(2)};
  torch::nn::Linear fc1{64 * 3 * 3, 10};

  plain_lenet() {
    register_module("conv1", conv1);
    register_module("gn1", gn1);
    register_module("conv2", conv2);
    register_module("gn2", gn2);
    register_module("conv3", conv3);
    register_module("gn3", gn3);
    register_module("fc1", fc1);
  }

  at::Tensor forward(at::Tensor x) {
    x = pool(torch::relu(gn1(conv1(x))));
    x = pool(torch::relu(gn2(conv2(x))));
    x = pool(torch::relu(gn3(conv3(x))));
    return fc1(x.flatten(1));
  }
};

/// Batches as tensors, made before the clock starts.
std::vector<std::pair<at::Tensor, at::Tensor>> plain_batches(const task& work) {
  constexpr std::uint32_t steps = compared_steps + timed_jobs * steps_per_job;
  const models::detail::batch_reader reader(*work.data);
  std::vector<std::pair<at::Tensor, at::Tensor>> batches;
  for (const auto& indices :
       learning::sampler_of(work.training, seed, work.data->train.count).batches(0, work.nodes->train[0], 0, steps)) {
    const auto size = static_cast<std::int64_t>(indices.size());
    const auto images = torch::empty({size, 1, 28, 28});
    const auto labels = torch::empty({size}, torch::kLong);
    reader.read(work.data->train, indices, images.data_ptr<float>());
    for (std::size_t i = 0; i < indices.size(); ++i)
      labels.data_ptr<std::int64_t>()[i] = work.data->train.labels[indices[i]];
    batches.emplace_back(images, labels);
  }
  return batches;
}

measurement measure_plain() {
  models::prepare_thread(); // one thread and flush-to-zero
  const task work;
  const auto runtime = work.runtime();
  std::vector<float> values(runtime->layout().size());
  runtime->initial_parameters(0, values);
  plain_lenet net;
  auto parameters = net.named_parameters();
  for (const auto& tensor : runtime->layout().tensors) {
    const torch::NoGradGuard no_gradients;
    parameters[tensor.name].copy_(torch::from_blob(values.data() + tensor.offset, tensor.shape));
  }
  torch::optim::SGD optimizer(net.parameters(), torch::optim::SGDOptions(work.training.learning_rate));
  const auto batches = plain_batches(work);
  return measure([&](std::uint32_t first, std::uint32_t count) {
    double loss_sum = 0;
    for (std::uint32_t step = first; step < first + count; ++step) {
      const auto& [images, labels] = batches[step];
      optimizer.zero_grad();
      const auto loss = torch::nn::functional::cross_entropy(net.forward(images), labels);
      loss.backward();
      optimizer.step();
      loss_sum += loss.item<double>();
    }
    return loss_sum / count;
  });
}

/// Runs this program again as one side and reads what it measured. The plain side is linked without our allocator.
measurement measure_in_own_process(const std::string& side) {
  auto program = std::filesystem::read_symlink("/proc/self/exe").string();
  std::string environment;
  if (side == "plain") {
    program += "_plain";
    environment = "OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 ";
  }
  const std::unique_ptr<FILE, int (*)(FILE*)> output(popen((environment + "'" + program + "' " + side).c_str(), "r"),
                                                     pclose);
  std::string text;
  for (int c = 0; output && (c = std::fgetc(output.get())) != EOF;)
    text += static_cast<char>(c);
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) {
    std::cerr << "the process that measures the " << side << " side failed\n";
    std::exit(1);
  }
  return {json["losses"], json["seconds_per_step"]};
}

int compare() {
  std::vector<double> trainer, plain, ratios, differences;
  for (std::uint32_t pair = 0; pair < pairs; ++pair) {
    const bool trainer_first = pair % 2 == 0;
    auto first = measure_in_own_process(trainer_first ? "trainer" : "plain");
    auto second = measure_in_own_process(trainer_first ? "plain" : "trainer");
    const auto& ours = trainer_first ? first : second;
    const auto& theirs = trainer_first ? second : first;
    trainer.push_back(bench::median(ours.seconds_per_step) * 1e3);
    plain.push_back(bench::median(theirs.seconds_per_step) * 1e3);
    ratios.push_back(plain.back() / trainer.back());
    double largest = 0;
    for (std::size_t i = 0; i < ours.losses.size(); ++i)
      largest = std::max(largest, std::abs(ours.losses[i] - theirs.losses[i]) / std::abs(theirs.losses[i]));
    differences.push_back(largest);
  }
  bench::report("step/trainer", "ms", trainer);
  bench::report("step/plain", "ms", plain);
  bench::report("step/ratio", "plain / trainer", ratios);
  bench::report("step/loss_difference", "largest relative, 100 steps", differences);
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  const std::string side = argc > 1 ? argv[1] : "";
  if (side.empty())
    return compare();
  if (side != "trainer" && side != "plain") {
    std::cerr << "usage: bench_step [trainer | plain]; without an argument it compares the two\n";
    return 2;
  }
  const auto measured = side == "trainer" ? measure_trainer() : measure_plain();
  std::puts(
      nlohmann::json{{"losses", measured.losses}, {"seconds_per_step", measured.seconds_per_step}}.dump().c_str());
  return 0;
}
