// A run has its trainers, its control actors and CAF's threads: neither OpenMP nor OpenBLAS nor LibTorch starts more.
#include <algorithm>
#include <fstream>
#include <map>
#include <string>

#include "tests/cli/program.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;

namespace {

/// The threads of a process by name.
std::map<std::string, int> threads_of(pid_t id) {
  std::map<std::string, int> names;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(id) + "/task")) {
    std::string name;
    std::getline(std::ifstream(task.path() / "comm"), name);
    ++names[name];
  }
  return names;
}

/// The threads of a run that trains, where they are the same in two rounds.
std::map<std::string, int> threads_of_run(int trainers, const std::optional<std::string>& limit) {
  const tests::scratch_directory scratch;
  scratch.write("lenet.toml", R"([experiment]
nodes = 4
rounds = 1000000

[data]
dataset = "synthetic-images"
samples_per_node = 16

[model]
name = "lenet"

[topology]
name = "ring"

[evaluation]
every = 2
nodes = 1
samples = 8
)");
  auto options = tests::rhizome_process({"run", "lenet.toml", "--threads", std::to_string(trainers)}, scratch.path());
  options.errors = tests::error_stream::terminal;
  options.environment = {{"OPENBLAS_NUM_THREADS", limit}, {"OMP_NUM_THREADS", limit}};
  tests::process program(options);
  const auto shows = [&](std::uint32_t round) {
    return program.read_until([&] { return tests::last_round_shown(program.errors()) >= round; });
  };
  REQUIRE(shows(3));
  const auto threads = threads_of(program.id());
  REQUIRE(shows(tests::last_round_shown(program.errors()) + 4));
  CHECK(threads_of(program.id()) == threads);
  return threads;
}

int count(const std::map<std::string, int>& threads) {
  int sum = 0;
  for (const auto& [name, number] : threads)
    sum += number;
  return sum;
}

} // namespace

TEST_CASE("training starts no threads but trainers, whatever the environment says") {
  const auto one = threads_of_run(1, std::nullopt);
  const auto three = threads_of_run(3, std::nullopt);
  CHECK(count(three) == count(one) + 2);
  CHECK(threads_of_run(3, "1") == three);
  CHECK(threads_of_run(3, "4") == three);
  // The process's first thread and the one that owns the actor system; all others are CAF's, and have its names.
  for (const auto& [name, number] : three)
    CHECK((name == "rhizome" ? number == 2 : name.starts_with("caf.")));
}
