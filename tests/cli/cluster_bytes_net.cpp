// What really goes over the wire, by the links' own counts and by the kernel's.
#include <regex>

#include <fmt/format.h>

#include "core/learning/fragment.hpp"
#include "tests/support/lent_cluster.hpp"

using namespace rhizome;
using namespace rhizome::tests;
using namespace std::chrono_literals;

namespace {

constexpr const char* complete = R"([experiment]
nodes = {}
rounds = {}

[data]
dataset = "{}"
samples_per_node = 20

[model]
name = "{}"

[training]
local_steps = 1

[topology]
name = "complete"

[evaluation]
every = 0
)";

struct traffic {
  double sent = 0;
  double received = 0;
};

std::string port_of(const std::string& address) {
  return address.substr(address.rfind(':') + 1);
}

/// What the kernel says of the connections that a process has made to a port.
traffic kernel_traffic(pid_t process, const std::string& address) {
  const auto listed =
      run_shell("PATH=$PATH:/usr/sbin:/sbin; ss -tinpHO state established dport = :" + port_of(address), "/");
  traffic sum;
  std::istringstream lines(listed.output);
  const auto number = [](const std::string& line, const char* name) {
    std::smatch found;
    return std::regex_search(line, found, std::regex(fmt::format("\\b{}:(\\d+)", name))) ? std::stod(found[1]) : 0.0;
  };
  for (std::string line; std::getline(lines, line);)
    if (line.find(fmt::format("pid={},", process)) != line.npos) {
      sum.sent += number(line, "bytes_sent") - number(line, "bytes_retrans");
      sum.received += number(line, "bytes_received");
    }
  return sum;
}

/// What a host says of its link to another one.
traffic counted(const nlohmann::json& host, const std::string& peer) {
  for (const auto& link : host.at("links"))
    if (link.at("peer") == peer)
      return {link.at("bytes_sent"), link.at("bytes_received")};
  return {};
}

/// Both directions agree within a share of the kernel's.
void check_agree(const traffic& link, const traffic& kernel, double share) {
  CAPTURE(link.sent);
  CAPTURE(kernel.sent);
  CAPTURE(link.received);
  CAPTURE(kernel.received);
  CHECK(kernel.sent > 100'000);
  CHECK(std::abs(link.sent - kernel.sent) < share * kernel.sent);
  CHECK(std::abs(link.received - kernel.received) < share * kernel.received);
}

/// Compares all links of a run on three machines with the kernel, in the middle of the run.
void compare_with_kernel(const std::string& config) {
  lent_cluster cluster(2);
  const auto& directory = cluster.directory();
  cluster.scratch().write("run.toml", config);
  background_run run(cluster.run_over({"run.toml", "--set", "cluster.window=2", "--set", "cluster.liveness=120"}),
                     directory);
  REQUIRE(run.stores_rounds(120, 120s));
  // Without the starting machine everything comes to rest: then both counts are of the same moment.
  run.program().signal(SIGSTOP);
  nlohmann::json first;
  nlohmann::json second;
  const auto ask = [&] {
    auto both =
        std::pair(ask_host(cluster.host(0).address(), directory), ask_host(cluster.host(1).address(), directory));
    const bool at_rest = first.contains("links") && first.at("links") == both.first.at("links") &&
                         second.at("links") == both.second.at("links");
    std::tie(first, second) = both;
    return at_rest;
  };
  REQUIRE(holds_within(30s, ask));
  const auto& [a, b] = std::pair(cluster.host(0).address(), cluster.host(1).address());
  constexpr double share = 0.02;
  const auto from_a = kernel_traffic(cluster.host(0).program().id(), b);
  check_agree(counted(first, b), from_a, share);
  check_agree(counted(second, a), {from_a.received, from_a.sent}, share);
  const auto starter = "the starting machine";
  for (const auto& [host, address] : {std::pair(first, a), std::pair(second, b)}) {
    const auto kernel = kernel_traffic(run.program().id(), address);
    check_agree(counted(host, starter), {kernel.received, kernel.sent}, share);
  }
  run.program().signal(SIGCONT);
}

} // namespace

TEST_CASE("64 nodes that all know each other send a tenth of one message an edge over four machines") {
  lent_cluster cluster(3);
  cluster.scratch().write("run.toml", fmt::format(complete, 64, 4, "synthetic-classes", "mlp"));
  const auto spread = run_experiment(cluster.run_over({"run.toml"}), cluster.directory());
  const auto logical = spread.at("bytes_sent").get<std::uint64_t>();
  const auto physical = spread.at("bytes_wire").get<std::uint64_t>();
  const auto values = 4 * spread.at("parameters").get<std::uint64_t>();
  CHECK(logical == 4ULL * 64 * 63 * (values + learning::fragment_header_size));
  CHECK(physical <= logical / 10);
  CHECK(physical > 4ULL * 64 * 3 * values); // each model to each of the three other machines
  const auto store = results::store::open(cluster.directory() / spread.at("directory").get<std::string>());
  REQUIRE(store);
  CHECK(store->read_summary().value().bytes_wire == physical);
}

TEST_CASE("the links count what the kernel counts, within 2 %") {
  if (const auto tried = run_shell("PATH=$PATH:/usr/sbin:/sbin; ss -tinpHO", "/"); tried.code != 0) {
    MESSAGE("skipped: ss of iproute2 does not work here: " << tried.output);
    CHECK(tried.code != 0); // a test without an assertion fails
    return;
  }
  SUBCASE("models of many chunks") {
    compare_with_kernel(fmt::format(complete, 12, 400, "synthetic-images", "lenet"));
  }
  SUBCASE("models of one chunk") {
    compare_with_kernel(fmt::format(complete, 12, 4000, "synthetic-classes", "mlp"));
  }
}
