// The whole path of an experiment through the real program: run, its directory, and what reads it.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "cli/exit_code.hpp"
#include "core/results/fields.hpp"
#include "core/results/store.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;

namespace {

constexpr const char* small = R"([experiment]
name = "small"
nodes = 8
rounds = 6

[data]
dataset = "synthetic-classes"
samples_per_node = 32

[model]
name = "logistic-regression"

[topology]
name = "ring"

[evaluation]
every = 2
nodes = 3
)";

std::string read(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::size_t count_lines(const std::filesystem::path& file) {
  return static_cast<std::size_t>(std::ranges::count(read(file), '\n'));
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a run leaves a directory that is read, exported, plotted and run again") {
  const tests::scratch_directory scratch;
  scratch.write("small.toml", small);
  const auto summary = tests::run_experiment({"small.toml"}, scratch.path());
  const std::string directory = summary.at("directory");
  const auto path = scratch.path() / directory;

  SUBCASE("the summary has every key, and the store says the same") {
    results::for_each_field(results::summary_fields, [&](const auto& field) { CHECK(summary.contains(field.name)); });
    CHECK(summary.at("name") == "small");
    CHECK(summary.at("status") == "done");
    CHECK(summary.at("rounds") == 6);
    CHECK(summary.at("parameters_hash").get<std::string>().size() == 16);
    CHECK(summary.at("accuracy_mean").is_number());
    CHECK(summary.at("consensus_distance").get<double>() > 0);
    CHECK(summary.at("peak_rss_bytes").get<double>() > 1e6);
    CHECK(summary.at("seconds_sharing").get<double>() > 0);
    const auto store = results::store::open(path);
    REQUIRE(store);
    CHECK(store->run()->status == "done");
    CHECK(store->rounds()->size() == 6);
    CHECK(store->rounds()->back().accuracy_mean == summary.at("accuracy_mean").get<double>());
    CHECK(store->nodes()->size() == 3 * 3);
    CHECK(store->read_summary()->parameters_hash == summary.at("parameters_hash").get<std::string>());
    CHECK(std::filesystem::file_size(path / "model.pt") > 0);
    CHECK(contains(read(path / "log.txt"), "8 nodes, 6 rounds"));
  }
  SUBCASE("a second run is refused, unless it says what becomes of the first one's results") {
    const auto refused = tests::run_rhizome({"run", "small.toml"}, scratch.path());
    CHECK(refused.code == cli::exit_wrong_input);
    CHECK(contains(refused.output, "--force"));
    CHECK(contains(refused.output, "--again"));
    const auto again = tests::run_experiment({directory + "/config.toml", "--again"}, scratch.path());
    CHECK(again.at("parameters_hash") == summary.at("parameters_hash"));
    CHECK(again.at("directory") != directory);
    const auto forced = tests::run_experiment({directory + "/config.toml", "--force"}, scratch.path());
    CHECK(forced.at("parameters_hash") == summary.at("parameters_hash"));
    CHECK(forced.at("directory") == directory);
  }
  SUBCASE("export writes its tables as CSV") {
    const auto exported = tests::run_rhizome({"export", directory, "--csv", "--out", "tables"}, scratch.path());
    CHECK(exported.code == cli::exit_done);
    CHECK(count_lines(scratch.path() / "tables/rounds.csv") == 1 + 6);
    CHECK(count_lines(scratch.path() / "tables/nodes.csv") == 1 + 3 * 3);
    CHECK(count_lines(scratch.path() / "tables/events.csv") == 1);
    CHECK(count_lines(scratch.path() / "tables/histograms.csv") > 8);
  }
  SUBCASE("plot draws it, as text and as a picture") {
    const auto text = tests::run_rhizome({"plot", directory, "--terminal"}, scratch.path());
    CHECK(text.code == cli::exit_done);
    CHECK(contains(text.output, "small"));
    const auto picture =
        tests::run_rhizome({"plot", directory, "-y", "loss", "-x", "bytes", "-o", "loss.svg"}, scratch.path());
    CHECK(picture.code == cli::exit_done);
    CHECK(contains(read(scratch.path() / "loss.svg"), "<svg"));
  }
}

TEST_CASE("the graph of an experiment can be looked at before the run") {
  const tests::scratch_directory scratch;
  scratch.write("small.toml", small);
  const auto facts = tests::run_rhizome({"topology", "small.toml", "--json"}, scratch.path());
  REQUIRE(facts.code == cli::exit_done);
  CHECK(nlohmann::json::parse(facts.output).at("nodes") == 8);
  CHECK(tests::run_rhizome({"topology", "small.toml", "--edges"}, scratch.path()).output.starts_with("8\n"));
  CHECK(contains(tests::run_rhizome({"topology", "small.toml", "--dot", "-"}, scratch.path()).output, "graph"));
}

TEST_CASE("without a terminal, progress is plain lines, and the summary a table") {
  const tests::scratch_directory scratch;
  scratch.write("small.toml", small);
  auto options = tests::rhizome_process({"run", "small.toml"}, scratch.path());
  options.errors = tests::error_stream::apart;
  tests::process program(options);
  CHECK(program.wait() == cli::exit_done);
  CHECK(contains(program.errors(), "round 6/6"));
  CHECK_FALSE(contains(program.errors(), "\x1b"));
  CHECK(contains(program.output(), "parameters hash"));
}
