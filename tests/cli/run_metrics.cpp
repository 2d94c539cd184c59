// What the machine that starts a run serves to Prometheus.
#include <csignal>

#include "cli/exit_code.hpp"
#include "tests/support/cluster.hpp"
#include "tests/support/loopback.hpp"

using namespace rhizome;
using namespace rhizome::tests;
using namespace std::chrono_literals;

namespace {

constexpr const char* endless = R"([experiment]
nodes = 6
rounds = 1000000

[data]
dataset = "synthetic-classes"

[model]
name = "logistic-regression"

[topology]
name = "ring"

[evaluation]
every = 0
)";

/// A port that was free a moment ago.
std::uint16_t free_port() {
  return port_of(bound_socket());
}

} // namespace

TEST_CASE("a run serves its figures while it lasts") {
  const scratch_directory scratch;
  scratch.write("endless.toml", endless);
  const auto port = free_port();
  background_run run({"endless.toml", "--metrics", std::to_string(port)}, scratch.path());
  REQUIRE(run.stores_rounds(3, 60s));
  const auto socket = connected_socket(port);
  send_all(socket, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto text = read_to_end(socket);
  CAPTURE(text);
  CHECK(text.starts_with("HTTP/1.1 200 OK"));
  CHECK(text.find("\nrhizome_running 1\n") != text.npos);
  CHECK(text.find("\nrhizome_nodes 6\n") != text.npos);
  CHECK(text.find("\nrhizome_failures_total 0\n") != text.npos);
  CHECK(text.find("\nrhizome_round 0\n") == text.npos);
  run.program().signal(SIGINT);
  CHECK(run.wait() == cli::exit_interrupted);
}

TEST_CASE("a port that is taken is told before anything is stored") {
  const scratch_directory scratch;
  scratch.write("endless.toml", endless);
  const auto taken = bound_socket();
  REQUIRE(listen(taken.number(), 1) == 0);
  const auto refused =
      run_rhizome({"run", "endless.toml", "--metrics", std::to_string(port_of(taken))}, scratch.path());
  CAPTURE(refused.output);
  CHECK(refused.code != 0);
  CHECK(refused.output.find("no metrics can be served on") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(scratch.path() / "runs"));
}
