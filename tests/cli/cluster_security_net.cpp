// What docs/security.md says about strangers: those who connect to a host and do not belong there.
#include <csignal>
#include <fstream>
#include <set>
#include <string>

#include <caf/scoped_actor.hpp>

#include "actors/caf_network.hpp"
#include "actors/system_config.hpp"
#include "tests/support/lent_cluster.hpp"
#include "tests/support/strangers.hpp"

using namespace rhizome;
using namespace rhizome::tests;
using namespace std::chrono_literals;

namespace {

/// The promise of docs/security.md.
constexpr auto limit = 5s;

std::uint16_t port_of_host(const lent_host& host) {
  return static_cast<std::uint16_t>(std::stoul(host.address().substr(host.address().rfind(':') + 1)));
}

/// Resident memory of a process, in bytes.
std::size_t resident_memory(pid_t id) {
  std::ifstream status("/proc/" + std::to_string(id) + "/status");
  for (std::string word; status >> word;)
    if (word == "VmRSS:") {
      std::size_t kilobytes = 0;
      status >> kilobytes;
      return kilobytes * 1024;
    }
  return 0;
}

/// Everybody who is refused where TLS is spoken. `foreign` is the directory of another authority.
std::vector<stranger> strangers(const std::filesystem::path& foreign) {
  const auto send = [](std::string bytes) {
    return [bytes = std::move(bytes)](const descriptor& socket) { send_all(socket, bytes); };
  };
  const auto handshake = [](tls_context context) {
    return [shared = std::shared_ptr<SSL_CTX>(std::move(context))](const descriptor& socket) {
      speak_tls(socket, shared.get());
    };
  };
  const auto hello = client_hello();
  return {
      {"without a certificate", handshake(make_tls_client())},
      {"with a certificate of another authority",
       handshake(make_tls_client(foreign / "stranger.pem", foreign / "stranger.key"))},
      {"plain CAF", send(basp_header(basp_client_handshake, 20) + std::string(20, 'x'))},
      {"a message of 4 GiB in plain CAF", send(basp_header(basp_direct_message, 0xffffffffU) + junk(4096))},
      {"junk", send(junk(100'000))},
      {"a TLS record of a forged length", send(std::string("\x16\x03\x01\xff\xff", 5) + junk(65535))},
      {"a TLS record of a forged length, without the record", send(std::string("\x16\x03\x01\x3f\xff", 5))},
      {"half of a handshake's first message", send(hello.substr(0, hello.size() / 2))},
      {"silence", [](const descriptor&) {}},
  };
}

/// A host with TLS, and somebody else's authority.
struct guarded_host {
  lent_cluster cluster{1, true};
  std::filesystem::path foreign = cluster.directory() / "foreign";
  guarded_host() {
    REQUIRE(cli::write_authority(foreign, 2));
    REQUIRE(cli::write_certificate(foreign, "stranger", 2, foreign));
  }
};

} // namespace

TEST_CASE("whoever is no member of the cluster is disconnected within 5 s, and takes no memory") {
  guarded_host guarded;
  auto& host = guarded.cluster.host(0);
  const auto all = strangers(guarded.foreign);
  CHECK(not_closed_within(limit, port_of_host(host), all) == std::vector<std::string>{});
  const auto before = resident_memory(host.program().id());
  CHECK(not_closed_within(limit, port_of_host(host), all, 10) == std::vector<std::string>{});
  const auto after = resident_memory(host.program().id());
  CAPTURE(before);
  CHECK(after < before + (std::size_t{8} << 20));
}

TEST_CASE("a run goes on among strangers and ends with its usual bits") {
  guarded_host guarded;
  auto& cluster = guarded.cluster;
  cluster.scratch().write("run.toml", R"([experiment]
nodes = 8
rounds = 1500

[data]
dataset = "synthetic-classes"
samples_per_node = 20

[model]
name = "mlp"

[topology]
name = "regular"
degree = 3

[evaluation]
every = 0
)");
  const auto alone = run_experiment({"run.toml"}, cluster.directory());
  background_run run(cluster.run_over({"run.toml", "--set", "cluster.chunk=1"}), cluster.directory());
  REQUIRE(run.stores_rounds(1, 60s));
  const auto all = strangers(guarded.foreign);
  // The starting machine stands still while they come: so they have come before the end, however fast the run is.
  run.program().signal(SIGSTOP);
  CHECK(not_closed_within(limit, port_of_host(cluster.host(0)), all, 3) == std::vector<std::string>{});
  run.program().signal(SIGCONT);
  // and again while it runs
  CHECK(not_closed_within(limit, port_of_host(cluster.host(0)), all, 3) == std::vector<std::string>{});
  REQUIRE(run.wait() == 0);
  CHECK(run.summary().at("parameters_hash") == alone.at("parameters_hash"));
  CHECK(run.events().empty() == false); // it has said who has joined
  CHECK_FALSE(run.find_event("lost"));
}

TEST_CASE("whoever completes the handshakes and does not join is disconnected within 5 s, with a line in the log") {
  for (const bool tls : {false, true}) {
    CAPTURE(tls);
    lent_cluster cluster(1, tls);
    auto& host = cluster.host(0);
    actors::network_options network{true, std::nullopt};
    if (const auto options = cluster.credentials("idler"); tls)
      network.tls = actors::tls_files{options.at(1), options.at(3), options.at(5)};
    actors::system_config config(network);
    caf::actor_system system(config);
    caf::scoped_actor self(system);
    caf::strong_actor_ptr gate;
    self->request(actors::network_actor(system, tls), limit, actors::connect_order, std::string("127.0.0.1"),
                  port_of_host(host))
        .receive([&](const caf::node_id&, const caf::strong_actor_ptr& found,
                     const std::set<std::string>&) { gate = found; },
                 [&](const caf::error& e) { FAIL(system.render(e)); });
    REQUIRE(gate);
    self->monitor(gate->address());
    bool lost = false;
    self->receive([&](const caf::down_msg&) { lost = true; }, caf::after(limit) >> [] {});
    CHECK(lost);
    CHECK(host.program().read_until([&] {
      return host.program().output().find("was disconnected: it did not join in time") != std::string::npos;
    }));
  }
}

TEST_CASE("without TLS, too, whoever stays silent is disconnected within 5 s") {
  lent_cluster cluster(1);
  const std::vector<stranger> all = {{"silence", [](const descriptor&) {}},
                                     {"half a header", [](const descriptor& socket) { send_all(socket, "ab"); }},
                                     {"junk", [](const descriptor& socket) { send_all(socket, junk(64)); }}};
  CHECK(not_closed_within(limit, port_of_host(cluster.host(0)), all, 3) == std::vector<std::string>{});
  CHECK(ask_host(cluster.host(0).address(), cluster.directory()).at("state") == "idle");
}
