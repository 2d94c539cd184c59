// What part of the trainers' time is not training, for networks of several sizes. See README.md.

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "bench/program.hpp"
#include "bench/report.hpp"

using namespace rhizome;

int main(int argc, char** argv) {
  const auto options = bench::read_options(argc, argv, "What part of the trainers' time is not training?",
                                           {.max_nodes = 1024, .runs = 5});
  const bench::program rhizome(options.binary);
  std::map<unsigned, std::vector<double>> overheads;
  for (unsigned run = 0; run < options.runs; ++run)
    for (const unsigned nodes : bench::network_sizes(options.max_nodes)) {
      const unsigned rounds = std::max(4U, 2560 / nodes);
      const auto summary = rhizome.run(bench::lenet_experiment(nodes, rounds, 5));
      overheads[nodes].push_back(summary.at("overhead").get<double>() * 100);
    }
  for (const auto& [nodes, values] : overheads)
    bench::report("overhead/" + std::to_string(nodes), "%", values);
}
