// What hosts refuse with a sentence: to listen where everybody could use them, another data set, a second run.
#include <fmt/format.h>

#include "cli/exit_code.hpp"
#include "tests/support/lent_cluster.hpp"

using namespace rhizome;
using namespace rhizome::tests;
using namespace std::chrono_literals;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

constexpr const char* table = R"([experiment]
nodes = 4
rounds = {}

[data]
dataset = "csv"
path = "data"
label = "class"

[model]
name = "logistic-regression"

[topology]
name = "ring"

[evaluation]
every = 0
)";

/// A data set in that directory; `odd` is one of its values.
void write_data(const std::filesystem::path& directory, double odd) {
  std::filesystem::create_directories(directory / "data");
  std::string rows = "x,y,class\n";
  for (int i = 0; i < 64; ++i)
    rows += fmt::format("{},{},{}\n", i % 7, i == 40 ? odd : i % 5, i % 2);
  for (const char* name : {"train.csv", "test.csv"})
    std::ofstream(directory / "data" / name) << rows;
}

} // namespace

TEST_CASE("without TLS a host listens where other machines reach it only if it is told to, and warns") {
  const scratch_directory scratch;
  for (const std::string where : {"0.0.0.0:0", "[::]:0"}) {
    CAPTURE(where);
    const auto refused = run_rhizome({"host", "--listen", where}, scratch.path());
    CAPTURE(refused.output);
    CHECK(refused.code == cli::exit_wrong_input);
    CHECK(contains(refused.output, where + " can be reached from other machines"));
    CHECK(contains(refused.output, "--insecure"));
  }
  lent_host insecure(scratch.path(), {.listen = "0.0.0.0:0", .options = {"--insecure"}});
  CHECK(contains(insecure.program().output(), "warning: listening at 0.0.0.0:0 without TLS"));
  // An encrypted one may.
  lent_cluster secure(0, true);
  lent_host listening(secure.directory(), {.listen = "0.0.0.0:0", .options = secure.credentials("host")});
  CHECK_FALSE(contains(listening.program().output(), "warning"));
}

TEST_CASE("a host whose data differs in one value is refused, and is not lent after that") {
  const scratch_directory here;
  const scratch_directory there;
  write_data(here.path(), 3);
  write_data(there.path(), 4);
  here.write("run.toml", fmt::format(table, 2));
  lent_host same(here.path());
  lent_host other(there.path());
  const auto refused =
      run_rhizome({"run", "run.toml", "--hosts", addresses_of({&same, &other}), "--quiet"}, here.path());
  CAPTURE(refused.output);
  CHECK(refused.code == cli::exit_failed);
  CHECK(contains(refused.output,
                 other.address() + " cannot take part: its data set, or a file that [model] names, is another one: "));
  CHECK(becomes_idle(same.address(), here.path(), 10s));
  CHECK(becomes_idle(other.address(), here.path(), 10s));
  // With the right data it is good.
  write_data(there.path(), 3);
  run_experiment({"run.toml", "--again", "--hosts", addresses_of({&same, &other})}, here.path());
}

TEST_CASE("a host that lacks a file of [model], or has another one, is refused") {
  const scratch_directory here;
  const scratch_directory there;
  write_data(here.path(), 3);
  write_data(there.path(), 3);
  here.write("run.toml", fmt::format(table, 2));
  const auto make_start = [&](const char* seed, const scratch_directory& where) {
    const auto summary = run_experiment({"run.toml", "--set", seed}, here.path());
    std::filesystem::copy_file(here.path() / summary.at("directory").get<std::string>() / "model.pt",
                               where.path() / "start.pt", std::filesystem::copy_options::overwrite_existing);
  };
  make_start("experiment.seed=1", here);
  lent_host host(there.path());
  const std::vector<std::string> initial = {"run.toml", "--set", "model.initial=start.pt", "--force"};
  auto over_hosts = initial;
  over_hosts.insert(over_hosts.end(), {"--hosts", host.address()});
  const auto complaint = [&] {
    auto arguments = over_hosts;
    arguments.insert(arguments.begin(), "run");
    const auto refused = run_rhizome(arguments, here.path());
    CHECK(refused.code == cli::exit_failed);
    return refused.output;
  };
  CHECK(contains(complaint(), "cannot be built there: model.initial = \"start.pt\" cannot be read: No such file"));
  make_start("experiment.seed=2", there);
  CHECK(contains(complaint(), "its data set, or a file that [model] names, is another one: checksum "));
  std::filesystem::copy_file(here.path() / "start.pt", there.path() / "start.pt",
                             std::filesystem::copy_options::overwrite_existing);
  CHECK(run_experiment(over_hosts, here.path()).at("parameters_hash") ==
        run_experiment(initial, here.path()).at("parameters_hash"));
}

TEST_CASE("a host that is lent refuses a second run, which harms neither") {
  lent_cluster cluster(1);
  write_data(cluster.directory(), 3);
  cluster.scratch().write("run.toml", fmt::format(table, 3000));
  const auto alone = run_experiment({"run.toml"}, cluster.directory());
  background_run first(cluster.run_over({"run.toml"}), cluster.directory());
  REQUIRE(first.stores_rounds(1, 60s));
  auto arguments = cluster.run_over({"run", "run.toml", "--again", "--quiet"});
  first.program().signal(SIGSTOP); // it cannot end before the second one comes
  const auto second = run_rhizome(arguments, cluster.directory());
  first.program().signal(SIGCONT);
  CAPTURE(second.output);
  CHECK(second.code == cli::exit_failed);
  CHECK(contains(second.output, cluster.host(0).address() + " cannot take part: it is lent to another run"));
  REQUIRE(first.wait() == 0);
  CHECK(first.summary().at("parameters_hash") == alone.at("parameters_hash"));
}
