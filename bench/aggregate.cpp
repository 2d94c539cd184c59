// How fast models are averaged, against memcpy. See README.md.

#include <array>
#include <chrono>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bench/report.hpp"
#include "core/learning/flat_vector.hpp"
#include "core/learning/kernels.hpp"

namespace {

using namespace rhizome;
using steady = std::chrono::steady_clock;

constexpr std::size_t size = 83'754; // of the LeNet for 1x28x28 images
constexpr std::size_t terms = 6;     // a node and its five neighbours
constexpr std::size_t repetitions = 31;
constexpr double gigabytes_a_measurement = 2;

/// One node's aggregation: what it reads and where it writes.
struct task {
  std::vector<learning::flat_vector> models;
  std::vector<learning::weighted_vector> weighted;
  learning::flat_vector out{size};

  task() {
    models.reserve(terms);
    for (std::size_t i = 0; i < terms; ++i) {
      auto& model = models.emplace_back(size);
      for (std::size_t j = 0; j < size; ++j)
        model.values()[j] = 1e-3F * static_cast<float>((j + 13 * i) % 997);
      weighted.push_back({std::as_const(model).values(), 1.0F / terms});
    }
    sum();
  }

  void sum() { learning::weighted_sum(out.values(), weighted); }

  /// Moves as many bytes as sum(), half of them read and half of them written: 3.5 vectors.
  void copy() {
    const auto copy_floats = [](learning::flat_vector& to, learning::flat_vector& from, std::size_t floats) {
      std::memcpy(to.values().data(), from.values().data(), floats * sizeof(float));
    };
    copy_floats(models[1], models[0], size);
    copy_floats(models[3], models[2], size);
    copy_floats(models[5], models[4], size);
    copy_floats(out, models[0], size / 2);
  }
};

constexpr double bytes_a_task = (terms + 1) * size * sizeof(float);

/// GB read and written a second when `work` goes over all tasks again and again.
template <class Work>
double speed(std::vector<task>& tasks, Work work) {
  const auto passes = 1 + static_cast<std::size_t>(gigabytes_a_measurement * 1e9 / bytes_a_task) / tasks.size();
  const auto start = steady::now();
  for (std::size_t pass = 0; pass < passes; ++pass)
    for (auto& each : tasks)
      work(each);
  const double seconds = std::chrono::duration<double>(steady::now() - start).count();
  return static_cast<double>(passes * tasks.size()) * bytes_a_task / seconds / 1e9;
}

void compare(const std::string& where, std::size_t n_tasks) {
  std::vector<task> tasks(n_tasks);
  std::vector<double> sums, copies, ratios;
  const auto measure_sum = [&] { sums.push_back(speed(tasks, [](task& t) { t.sum(); })); };
  const auto measure_copy = [&] { copies.push_back(speed(tasks, [](task& t) { t.copy(); })); };
  for (std::size_t i = 0; i < repetitions; ++i) {
    if (i % 2 == 0) {
      measure_sum();
      measure_copy();
    } else {
      measure_copy();
      measure_sum();
    }
    ratios.push_back(sums.back() / copies.back());
  }
  bench::report("aggregate/" + where + "/weighted_sum", "GB/s", sums);
  bench::report("aggregate/" + where + "/memcpy", "GB/s", copies);
  bench::report("aggregate/" + where + "/ratio", "weighted_sum / memcpy", ratios);
}

} // namespace

int main() {
  compare("in_cache", 1);    // 2.3 MB
  compare("in_memory", 256); // 600 MB
}
