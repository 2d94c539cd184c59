// Runs that are stopped from outside: what their progress line has shown is in the store.
#include <csignal>
#include <string>

#include "cli/exit_code.hpp"
#include "core/results/store.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;

namespace {

/// A run that would take hours, with its progress line on a terminal.
struct long_run {
  tests::scratch_directory scratch;
  tests::process program{start()};

  tests::process_options start() const {
    scratch.write("long.toml", R"([experiment]
name = "long"
nodes = 8
rounds = 1000000000

[data]
dataset = "synthetic-classes"
samples_per_node = 32

[model]
name = "mlp"

[topology]
name = "regular"
degree = 3
dynamic = true

[evaluation]
every = 50
nodes = 2
samples = 10
)");
    auto options = tests::rhizome_process({"run", "long.toml", "--json"}, scratch.path());
    options.errors = tests::error_stream::terminal;
    return options;
  }

  /// Waits until some round from `round` on has been shown.
  bool shows(std::uint32_t round) {
    return program.read_until([&] { return tests::last_round_shown(program.errors()) >= round; });
  }

  result<results::store> open_store() const {
    const auto run = std::filesystem::directory_iterator(scratch.path() / "runs")->path();
    return results::store::open(run);
  }

  /// Rounds 1, 2, ... without a gap; returns their number.
  static std::uint32_t count_rounds(const results::store& store) {
    const auto rounds = store.rounds();
    REQUIRE(rounds);
    for (std::uint32_t i = 0; i < rounds->size(); ++i)
      REQUIRE((*rounds)[i].round == i + 1);
    return static_cast<std::uint32_t>(rounds->size());
  }
};

} // namespace

TEST_CASE_FIXTURE(long_run, "an interrupted run ends with 130 and has stored every round that it has shown") {
  REQUIRE(shows(60));
  program.signal(SIGINT);
  CHECK(program.wait() == cli::exit_interrupted);
  CAPTURE(program.errors());
  const auto summary = nlohmann::json::parse(program.output());
  CHECK(summary.at("status") == "interrupted");
  const auto store = open_store();
  REQUIRE(store);
  CHECK(store->run()->status == "interrupted");
  const auto stored = count_rounds(*store);
  CHECK(stored >= tests::last_round_shown(program.errors()));
  CHECK(stored == summary.at("rounds"));
}

TEST_CASE("after kill -9 the store opens and has every round that was shown") {
  for (const std::uint32_t round : {1U, 20U, 120U}) {
    long_run run;
    REQUIRE(run.shows(round));
    run.program.signal(SIGKILL);
    CHECK(run.program.wait() == 128 + SIGKILL);
    const auto store = run.open_store();
    REQUIRE(store);
    CHECK(store->run()->status == "running");
    CHECK(long_run::count_rounds(*store) >= tests::last_round_shown(run.program.errors()));
  }
}
