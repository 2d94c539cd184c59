// Hosts on a bad network: each in a network namespace of its own, 20 ms away in each direction, and one frame in a
// hundred is lost. This takes root and iproute2, and is skipped where it is not permitted.
#include "tests/support/cluster.hpp"
#include "tests/support/same_results.hpp"
#include "tests/support/slow_network.hpp"

using namespace rhizome;
using namespace rhizome::tests;

namespace {

constexpr const char* ring = R"([experiment]
nodes = 48
rounds = 10

[data]
dataset = "fashion-mnist"
partition = "shards"

[model]
name = "lenet"

[training]
local_steps = 1
batch_size = 8

[topology]
name = "ring"

[evaluation]
every = 5
nodes = 4
samples = 100
final_samples = 100
)";

} // namespace

TEST_CASE("the LeNet has the same bits over three slow and lossy networks") {
  if (const auto objection = switched_network::objection()) {
    MESSAGE("skipped: " << *objection);
    CHECK(objection); // a test without an assertion fails
    return;
  }
  const slow_network slow(3);
  if (!slow.cables().empty())
    MESSAGE("this kernel has no netem: the frames are delayed and lost by this test itself");
  const scratch_directory scratch;
  scratch.write("ring.toml", ring);
  const auto alone = run_experiment({"ring.toml"}, scratch.path());
  std::vector<std::unique_ptr<lent_host>> hosts;
  for (std::size_t i = 0; i < 3; ++i)
    hosts.push_back(std::make_unique<lent_host>(
        scratch.path(),
        host_start{switched_network::address(i) + ":0", {"--insecure"}, slow.network.machine(i).file()}));
  const auto spread =
      run_experiment({"ring.toml", "--again", "--hosts", addresses_of({hosts[0].get(), hosts[1].get(), hosts[2].get()}),
                      "--set", "cluster.local=false"},
                     scratch.path());
  check_same_results(alone, spread, scratch.path());
  CHECK(spread.at("seconds_rounds") > 9 * 0.04); // a model of the round before takes two cables to come
  std::uint64_t lost = 0;
  for (const auto& cable : slow.cables())
    lost += cable->lost();
  if (!slow.cables().empty())
    CHECK(lost > 0);
}
