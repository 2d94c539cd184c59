// What a host does with the fragments that another host of the run sends.
#include "actors/host.hpp"

#include "tests/support/actor_world.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/link_world.hpp"

using namespace rhizome;
using namespace rhizome::test;

namespace {

/// The second host of a run on two; the test plays everybody else.
struct second_host {
  manual_system system;
  caf::scoped_actor others{system.get()}; ///< experiment, logger and topology manager
  caf::scoped_actor peer{system.get()};   ///< the first host's end of the link
  test_run run{world_options{.nodes = 8}};
  std::shared_ptr<actors::host_gauges> gauges = std::make_shared<actors::host_gauges>(2);
  std::shared_ptr<learning::vector_pool> pool = learning::vector_pool::make(run.models->layout().size());
  actors::host_actor host;

  second_host() {
    run.spec.control = actors::threading::scheduled;
    actors::host_options options;
    options.spec = std::make_shared<const actors::run_spec>(run.spec);
    options.run = "run";
    options.index = 1;
    options.hosts = {"first:1", "second:1"};
    options.placement = std::make_shared<const network::placement>(
        std::vector<network::host_id>{0, 0, 0, 0, 1, 1, 1, 1}, network::host_id{2});
    options.experiment = known_as<actors::experiment_actor>(others);
    options.logger = known_as<actors::metric_logger_actor>(others);
    options.topology = known_as<actors::topology_manager_actor>(others);
    options.gauges = gauges;
    host = actors::spawn_host(system.get(), std::move(options));
    system.run();
  }
  ~second_host() {
    actors::post(host, actors::stop_actor{});
    system.run();
  }

  actors::link_answer offer(const std::string& name, network::host_id from) {
    actors::link_answer answer;
    auto asked =
        peer->request(host, caf::infinite, actors::link_offer{name, from, caf::strong_actor_ptr(peer->ctrl())});
    system.run();
    asked.receive([&](const actors::link_answer& given) { answer = given; },
                  [](const caf::error&) { FAIL("no answer"); });
    return answer;
  }

  void send(const actors::link_answer& to, const std::vector<std::byte>& parcel) {
    const auto [block, memory] = actors::byte_block::make(parcel.size());
    std::ranges::copy(parcel, memory);
    peer->send(caf::actor_cast<actors::link_actor>(to.link), actors::chunk{true, block});
    system.run();
  }

  [[nodiscard]] std::vector<std::byte> model(round_number round) const {
    const std::vector<float> values(pool->vector_size(), 1.0F);
    return sharing::encode(
        {{0, round, learning::fragment_kind::model, false, learning::dense_payload(pool->copy(values))},
         sharing::parcel_channel::nodes,
         {4, 7}});
  }

  [[nodiscard]] std::vector<std::string> noted() {
    std::vector<std::string> texts;
    take_all(
        others, [&](const actors::note_event& event) { texts.push_back(event.kind + ": " + event.text); },
        [](const actors::host_ready&) {}, [](const actors::host_progress&) {}, [](const actors::run_failed&) {});
    return texts;
  }
};

} // namespace

TEST_CASE_FIXTURE(second_host, "fragments of rounds that are over, or far ahead, are dropped, counted and noted") {
  const auto link = offer("run", 0);
  REQUIRE(link.link);
  gauges->reached = 5;
  const auto& counters = *gauges->links[0];
  for (const round_number now : {4U, 5U, 5U + run.spec.run_ahead}) {
    CAPTURE(now);
    send(link, model(now));
  }
  CHECK(counters.fragments_received == 3);
  CHECK(counters.fragments_refused == 0);
  for (const round_number wrong : {0U, 3U, 6U + run.spec.run_ahead, ~0U}) {
    CAPTURE(wrong);
    const auto before = counters.fragments_refused.load();
    send(link, model(wrong));
    CHECK(counters.fragments_refused == before + 1);
    CHECK(noted() ==
          std::vector<std::string>{fmt::format(
              "refused: from first:1: a fragment of round {}, while the nodes here are in round 5.", wrong)});
  }
  CHECK(counters.fragments_received == 3);
}

TEST_CASE_FIXTURE(second_host, "links are made with the other hosts of the same run only") {
  CHECK(offer("another", 0).refused == "it takes part in another run.");
  CHECK(offer("run", 1).refused == "there is no such host in this run.");
  CHECK(offer("run", 2).refused == "there is no such host in this run.");
  CHECK(offer("run", 0).refused.empty());
}
