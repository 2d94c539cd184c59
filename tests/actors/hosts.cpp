#include "tests/support/doctest.hpp"

#include <cstring>

#include "core/random.hpp"
#include "tests/support/hosts_world.hpp"

using namespace rhizome;
using actors::run_status;
using test::actor_world;
using test::hosts_options;
using test::hosts_world;
using test::test_run;
using test::world_options;

namespace {

std::size_t first(const std::deque<caf::resumable*>&) {
  return 0;
}

std::size_t last(const std::deque<caf::resumable*>& jobs) {
  return jobs.size() - 1;
}

actor_world::choice random_choice(std::uint32_t index) {
  return [random = random_stream(1, purpose::algorithm, 0, index)](const auto& jobs) mutable {
    return static_cast<std::size_t>(random.below(jobs.size()));
  };
}

/// What a run leaves: its outcome and its records.
struct trace {
  actors::run_outcome outcome;
  std::vector<results::round_record> rounds;
};

trace in_one_process(const world_options& options) {
  actor_world world{test_run(options)};
  world.run();
  REQUIRE(world.outcome());
  return {*world.outcome(), world.recorder().rounds};
}

trace over_hosts(const world_options& options, const hosts_options& hosts, const actor_world::choice& choose) {
  hosts_world world(test_run(options), hosts);
  world.begin();
  world.run_to_the_end(choose);
  REQUIRE(world.outcome());
  CHECK(world.outcome()->message == "");
  return {*world.outcome(), world.recorder().rounds};
}

bool same_bits(double a, double b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

void check_same(const trace& run, const trace& reference) {
  CHECK(run.outcome.status == run_status::done);
  CHECK(run.outcome.parameters_hash == reference.outcome.parameters_hash);
  REQUIRE(run.outcome.average);
  const auto a = run.outcome.average->values();
  const auto b = reference.outcome.average->values();
  CHECK(std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
  REQUIRE(run.rounds.size() == reference.rounds.size());
  for (std::size_t i = 0; i < run.rounds.size(); ++i) {
    CHECK(same_bits(run.rounds[i].train_loss, reference.rounds[i].train_loss));
    CHECK(same_bits(run.rounds[i].loss_mean, reference.rounds[i].loss_mean));
    CHECK(same_bits(run.rounds[i].consensus_loss, reference.rounds[i].consensus_loss));
    CHECK(same_bits(run.rounds[i].consensus_distance, reference.rounds[i].consensus_distance));
    CHECK(run.rounds[i].bytes_sent == reference.rounds[i].bytes_sent);
  }
}

} // namespace

TEST_CASE("a run over hosts has the bits of the run in one process") {
  for (const char* algorithm : {"d-psgd", "local", "all-reduce", "fed-avg", "parameter-server", "stc"})
    for (const bool dynamic : {false, true}) {
      const world_options options{
          .nodes = 11, .rounds = 5, .algorithm = algorithm, .dynamic = dynamic, .momentum = 0.9F};
      const auto reference = in_one_process(options);
      for (const hosts_options& hosts :
           {hosts_options{.lent = 1}, hosts_options{.lent = 3}, hosts_options{.lent = 2, .local = false},
            hosts_options{.lent = 4, .round_robin = true}}) {
        CAPTURE(algorithm);
        CAPTURE(dynamic);
        CAPTURE(hosts.lent);
        check_same(over_hosts(options, hosts, first), reference);
        check_same(over_hosts(options, hosts, last), reference);
        for (std::uint32_t i = 0; i < 3; ++i)
          check_same(over_hosts(options, hosts, random_choice(i)), reference);
      }
    }
}

TEST_CASE("hosts that cannot compute the same bits are refused with the reason") {
  hosts_world world(test_run(world_options{}), {.lent = 2});
  std::string reason;
  SUBCASE("another version") {
    world.build.version = "2";
    reason = "host2:1 cannot take part: it runs version 2 of Rhizome and this machine 1.";
  }
  SUBCASE("other libraries") {
    world.build.libraries = "others";
    reason = "it has other libraries, so the bits may differ: others there and libraries here";
  }
  SUBCASE("another processor") {
    world.build.instruction_set = "few";
    reason = "its processor has other instructions, so the bits may differ: few there and instructions here";
  }
  SUBCASE("another data set") {
    world.data_checksum = 42;
    reason = "its data set, or a file that [model] names, is another one: checksum 000000000000002a there";
  }
  world.start("host2:1");
  world.begin();
  world.run_to_the_end(first);
  REQUIRE(world.outcome());
  CHECK(world.outcome()->status == run_status::failed);
  CAPTURE(world.outcome()->message);
  CHECK(world.outcome()->message.find(reason) != std::string::npos);
}

TEST_CASE("a host that nobody listens at is named") {
  hosts_world world(test_run(world_options{}), {.lent = 2, .join_timeout = std::chrono::milliseconds(0)});
  world.kill("host1:1");
  world.begin();
  world.run();
  REQUIRE(world.outcome());
  CHECK(world.outcome()->message == "host1:1 cannot take part: nobody listens at host1:1.");
}
