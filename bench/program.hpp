#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace rhizome::bench {

/// The real `rhizome`, run in a temporary directory that goes with the object.
class program {
public:
  explicit program(std::filesystem::path binary) : binary_(std::filesystem::absolute(binary)) {
    std::string name = std::filesystem::temp_directory_path() / "rhizome-bench-XXXXXX";
    if (mkdtemp(name.data()) == nullptr)
      fail("no temporary directory can be made: " + name);
    directory_ = name;
  }
  ~program() { std::filesystem::remove_all(directory_); }
  program(const program&) = delete;
  program& operator=(const program&) = delete;

  /// The `--json` summary of the experiment that the TOML text describes. A run that fails ends the benchmark.
  [[nodiscard]] nlohmann::json run(const std::string& configuration) const {
    std::ofstream(directory_ / "bench.toml") << configuration;
    const auto command =
        "cd '" + directory_.string() + "' && '" + binary_.string() + "' run bench.toml --json --quiet --force";
    std::string text;
    auto* pipe = popen(command.c_str(), "r");
    for (int c = 0; pipe != nullptr && (c = std::fgetc(pipe)) != EOF;)
      text += static_cast<char>(c);
    if (pipe == nullptr || pclose(pipe) != 0)
      fail(command + " failed");
    return nlohmann::json::parse(text);
  }

private:
  [[noreturn]] static void fail(const std::string& why) {
    std::cerr << why << '\n';
    std::exit(1);
  }

  std::filesystem::path binary_;
  std::filesystem::path directory_;
};

/// What the benchmarks of whole runs are asked for.
struct run_options {
  std::string binary = RHIZOME_PROGRAM;
  unsigned max_nodes = 0;
  unsigned runs = 0;
};

/// Reads the command line over the defaults; ends the program if it is wrong, or asks for help.
inline run_options read_options(int argc, char** argv, const std::string& question, run_options options) {
  CLI::App app(question);
  app.add_option("--program", options.binary, "The rhizome to run")->capture_default_str()->check(CLI::ExistingFile);
  app.add_option("--max-nodes", options.max_nodes, "Leave out larger networks")->capture_default_str();
  app.add_option("--runs", options.runs, "Runs of each size")->capture_default_str()->check(CLI::PositiveNumber);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    std::exit(app.exit(e));
  }
  return options;
}

/// An experiment of the LeNet on generated images, 16 a node, on a fresh random 5-regular graph each round, by plain
/// SGD with batches of 8, without evaluations.
inline std::string lenet_experiment(unsigned nodes, unsigned rounds, unsigned local_steps) {
  return "[experiment]\nnodes = " + std::to_string(nodes) + "\nrounds = " + std::to_string(rounds) +
         "\n[data]\ndataset = \"synthetic-images\"\nsamples_per_node = 16\n[model]\nname = \"lenet\"\n"
         "[training]\nbatch_size = 8\nlearning_rate = 0.01\nlocal_steps = " +
         std::to_string(local_steps) +
         "\n[topology]\nname = \"regular\"\ndegree = 5\ndynamic = true\n"
         "[evaluation]\non = \"none\"\nconsensus = false\n";
}

/// The numbers of nodes that are measured: powers of four from 64 on.
inline std::vector<unsigned> network_sizes(unsigned max_nodes) {
  std::vector<unsigned> sizes;
  for (unsigned nodes = 64; nodes <= max_nodes; nodes *= 4)
    sizes.push_back(nodes);
  return sizes;
}

} // namespace rhizome::bench
