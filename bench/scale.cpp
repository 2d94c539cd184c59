// What a node costs in networks of several sizes: time and memory. See README.md.

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "bench/program.hpp"
#include "bench/report.hpp"

using namespace rhizome;

namespace {

struct cost {
  double seconds = 0; ///< per node and round, without the first round
  double bytes = 0;   ///< resident at the peak, in all
};

cost measure(const bench::program& rhizome, unsigned nodes) {
  const unsigned rounds = 1 + std::max(3U, 12288 / nodes); // about as long for each size, up to 4,096 nodes
  const auto summary = rhizome.run(bench::lenet_experiment(nodes, rounds, 1));
  const double seconds = summary.at("seconds_rounds").get<double>() - summary.at("seconds_first_round").get<double>();
  return {seconds / (static_cast<double>(nodes) * (rounds - 1)), summary.at("peak_rss_bytes").get<double>()};
}

/// The values of one size, one for each run.
struct measured {
  std::vector<double> milliseconds;
  std::vector<double> ratios; ///< seconds to those of the smallest network of the same turn
  std::vector<double> peaks;  ///< MB
  std::vector<double> bytes;  ///< for each node more than the smallest network has
};

} // namespace

int main(int argc, char** argv) {
  const auto options =
      bench::read_options(argc, argv, "What does a node cost in a large network?", {.max_nodes = 16384, .runs = 3});
  const bench::program rhizome(options.binary);
  const auto sizes = bench::network_sizes(options.max_nodes);
  std::map<unsigned, measured> all;
  for (unsigned run = 0; run < options.runs; ++run) {
    std::map<unsigned, cost> turn;
    for (const unsigned nodes : sizes)
      turn[nodes] = measure(rhizome, nodes);
    const auto& [fewest, least] = *turn.begin();
    for (const auto& [nodes, spent] : turn) {
      auto& m = all[nodes];
      m.milliseconds.push_back(spent.seconds * 1e3);
      m.ratios.push_back(spent.seconds / least.seconds);
      m.peaks.push_back(spent.bytes / 1e6);
      if (nodes > fewest)
        m.bytes.push_back((spent.bytes - least.bytes) / (nodes - fewest));
    }
  }
  for (const auto& [nodes, m] : all) {
    const auto name = "scale/" + std::to_string(nodes);
    bench::report(name + "/node_round", "ms", m.milliseconds);
    bench::report(name + "/node_round_ratio", "of the smallest network", m.ratios);
    bench::report(name + "/peak", "MB", m.peaks);
    if (!m.bytes.empty())
      bench::report(name + "/further_node", "bytes", m.bytes);
  }
}
