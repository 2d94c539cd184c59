#include "core/results/store.hpp"

#include <array>
#include <cmath>
#include <csignal>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/results/directory.hpp"
#include "tests/core/results/support.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome::results;
using namespace rhizome::results::testing;

namespace {

/// Two rounds, the second evaluated at two nodes, and an event.
void append_two_rounds(store& results) {
  const std::array rounds{some_round(1), evaluated_round(2, 0.75)};
  const std::array nodes{node_record{.node = 0, .round = 2, .test_accuracy = 0.7, .bytes_sent = 10},
                         node_record{.node = 3, .round = 2, .test_accuracy = 0.8, .bytes_sent = 20}};
  const std::array events{event_record{1.5, "warning", "a \"quoted\", long\nsentence"}};
  REQUIRE(results.append(rounds, nodes, events));
}

/// Forks; the child runs `work` and reports a round through a pipe once it has been acknowledged. The parent kills it
/// when it has reported the round `kill_after` (0: never). Returns the last round that was reported, and the child's
/// wait status.
template <class Work>
std::pair<std::uint32_t, int> in_child(Work work, std::uint32_t kill_after = 0) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    work([&](std::uint32_t round) { return ::write(ends[1], &round, sizeof round) == sizeof round; });
    ::_exit(0);
  }
  ::close(ends[1]);
  std::uint32_t round = 0, last = 0;
  while (::read(ends[0], &round, sizeof round) == sizeof round) {
    last = round;
    if (round == kill_after)
      ::kill(child, SIGKILL);
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return {last, status};
}

} // namespace

TEST_CASE("a store gives back what was appended") {
  const temporary_directory where;
  {
    auto written = store::create(where.path(), some_run());
    REQUIRE(written);
    CHECK(written->journal_mode() == "wal");
    append_two_rounds(*written);
    const std::array histograms{histogram_record{0, {3, 0, 5}}, histogram_record{1, {0, 8, 0}}};
    REQUIRE(written->append_histograms(histograms));
  }
  const auto read = store::open(where.path());
  REQUIRE(read);

  const auto rounds = read->rounds().value();
  REQUIRE(rounds.size() == 2);
  CHECK(rounds[0].train_loss == 1.0);
  CHECK(std::isnan(rounds[0].accuracy_mean));
  CHECK(rounds[1].accuracy_mean == 0.75);
  CHECK(rounds[1].bytes_sent == 2'000'000);
  CHECK(rounds[1].evaluated_nodes == 2);

  const auto nodes = read->nodes().value();
  REQUIRE(nodes.size() == 2);
  CHECK(nodes[1].node == 3);
  CHECK(nodes[1].test_accuracy == 0.8);
  CHECK(std::isnan(nodes[1].test_loss));

  const auto events = read->events().value();
  REQUIRE(events.size() == 1);
  CHECK(events[0].text == "a \"quoted\", long\nsentence");

  const auto histograms = read->histograms().value();
  REQUIRE(histograms.size() == 2);
  CHECK(histograms[0].counts == std::vector<std::uint64_t>{3, 0, 5});
  CHECK(histograms[1].node == 1);
}

TEST_CASE("a run is running until it is finished, with its numbers") {
  const temporary_directory where;
  auto results = store::create(where.path(), some_run());
  REQUIRE(results);
  const auto while_running = store::open(where.path());
  REQUIRE(while_running);
  CHECK(while_running->run()->status == "running");
  CHECK(while_running->run()->finished.empty());
  CHECK(std::isnan(while_running->read_summary()->accuracy_mean));

  summary numbers;
  numbers.status = "interrupted";
  numbers.parameters_hash = "00ff00ff00ff00ff";
  numbers.rounds = 12;
  numbers.peak_rss_bytes = 5'000'000'000;
  numbers.accuracy_mean = 0.5;
  REQUIRE(results->finish(numbers));

  const auto run = while_running->run().value();
  CHECK(run.status == "interrupted");
  CHECK(run.name == "quickstart");
  CHECK(run.seed == 7);
  CHECK(run.config == some_run().config);
  CHECK(run.started.size() == std::string("2024-05-31T14:03:12Z").size());
  CHECK(run.finished >= run.started);
  const auto read = while_running->read_summary().value();
  CHECK(read.name == "quickstart");
  CHECK(read.directory == where.path());
  CHECK(read.parameters_hash == "00ff00ff00ff00ff");
  CHECK(read.rounds == 12);
  CHECK(read.peak_rss_bytes == 5'000'000'000);
  CHECK(std::isnan(read.overhead));
}

TEST_CASE("a status that does not exist is refused") {
  const temporary_directory where;
  auto results = store::create(where.path(), some_run());
  REQUIRE(results);
  CHECK_FALSE(results->finish(ending("fine")));
  CHECK(results->run()->status == "running");
}

TEST_CASE("a later record of a round replaces the earlier one") {
  const temporary_directory where;
  auto results = store::create(where.path(), some_run());
  REQUIRE(results);
  REQUIRE(results->append(std::array{some_round(1)}, {}, {}));
  REQUIRE(results->append(std::array{evaluated_round(1, 0.25)}, {}, {}));
  REQUIRE(results->rounds()->size() == 1);
  CHECK(results->rounds()->front().accuracy_mean == 0.25);
}

TEST_CASE("every acknowledged round survives kill -9") {
  for (const std::string vfs : {"", "unix-dotfile"}) { // the second has no write-ahead log
    CAPTURE(vfs);
    const temporary_directory where;
    const auto [last, status] = in_child([&](auto acknowledge) {
      auto results = store::create(where.path(), some_run(), vfs);
      for (std::uint32_t round = 1; results; ++round) {
        if (!results->append(std::array{some_round(round)}, {}, {}) || !acknowledge(round))
          return;
        if (round == 25)
          ::raise(SIGKILL);
      }
    });
    REQUIRE(WIFSIGNALED(status));
    CHECK(last == 25);
    const auto results = store::open(where.path());
    REQUIRE(results);
    CHECK(results->run()->status == "running");
    const auto rounds = results->rounds().value();
    REQUIRE(rounds.size() == 25);
    for (std::uint32_t i = 0; i < rounds.size(); ++i)
      CHECK(rounds[i].round == i + 1);
  }
}

TEST_CASE("kill -9 in the middle of a transaction leaves whole rounds") {
  constexpr std::size_t n = 1000;
  for (const std::string vfs : {"", "unix-dotfile"}) {
    CAPTURE(vfs);
    const temporary_directory where;
    const auto endless = [&](auto acknowledge) {
      auto results = store::create(where.path(), some_run(), vfs);
      for (std::uint32_t round = 1; results; ++round) {
        std::vector<node_record> nodes(n);
        for (std::uint32_t i = 0; i < n; ++i)
          nodes[i] = {.node = i, .round = round};
        if (!results->append(std::array{some_round(round)}, nodes, {}) || !acknowledge(round))
          return;
      }
    };
    const auto [acknowledged, status] = in_child(endless, 5);
    REQUIRE(WIFSIGNALED(status));
    CHECK(acknowledged >= 5);
    const auto results = store::open(where.path());
    REQUIRE(results);
    const auto rounds = results->rounds()->size();
    CHECK(rounds >= acknowledged);
    CHECK(results->nodes()->size() == n * rounds);
  }
}

TEST_CASE("a run that holds its store exclusively cannot be read, and says why") {
  const temporary_directory where;
  auto results = store::create(where.path(), some_run(), "unix-dotfile");
  REQUIRE(results);
  append_two_rounds(*results);
  const auto read = store::open(where.path(), "unix-dotfile");
  REQUIRE_FALSE(read);
  CHECK(read.error().message.find("in use by another process") != std::string::npos);
}

TEST_CASE("without a write-ahead log the store keeps a journal exclusively") {
  const temporary_directory where;
  {
    auto results = store::create(where.path(), some_run(), "unix-dotfile");
    REQUIRE(results);
    CHECK(results->journal_mode() == "delete");
    append_two_rounds(*results);
  }
  const auto read = store::open(where.path());
  REQUIRE(read);
  CHECK(read->rounds()->size() == 2);
  CHECK_FALSE(std::filesystem::exists(where.path() / "results.sqlite-wal"));
}

TEST_CASE("a write that does not fit is an error, and what was written before is kept") {
  const temporary_directory where;
  const auto [last, status] = in_child([&](auto acknowledge) {
    auto results = store::create(where.path(), some_run());
    const rlimit limit{1 << 20, 1 << 20};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    ::signal(SIGXFSZ, SIG_IGN);
    const std::string text(10'000, 'x');
    for (std::uint32_t round = 1; results && round < 10'000; ++round) {
      const auto done =
          results->append(std::array{some_round(round)}, {}, std::array{event_record{0, "warning", text}});
      if (!done)
        ::_exit(done.error().message.find("results.sqlite") != std::string::npos ? 42 : 43);
      if (!acknowledge(round))
        return;
    }
  });
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 42);
  CHECK(last > 10);
  const auto results = store::open(where.path());
  REQUIRE(results);
  CHECK(results->rounds()->size() == last);
  CHECK(results->events()->size() == last);
}

TEST_CASE("what is not a store is refused with a sentence") {
  const temporary_directory where;
  const auto missing = store::open(where.path());
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message.find("has no results.sqlite") != std::string::npos);

  std::ofstream(where.path() / store_file) << "this is text, and long enough to be looked at as a database by SQLite";
  const auto text = store::open(where.path());
  REQUIRE_FALSE(text);
  CHECK(text.error().message.find("is not a store of results") != std::string::npos);

  const auto second = store::create(where.path(), some_run());
  REQUIRE_FALSE(second);
  CHECK(second.error().message.find("exists already") != std::string::npos);
}

TEST_CASE("a store of an earlier version is read; what it did not know is not measured") {
  const temporary_directory where;
  {
    auto written = store::create(where.path(), some_run());
    REQUIRE(written);
    append_two_rounds(*written);
  }
  {
    SQLite::Database database(where.path() / store_file, SQLite::OPEN_READWRITE);
    for (const auto* column : {"rmse_mean", "mae_mean", "local_rmse_mean", "local_mae_mean", "consensus_mae"})
      database.exec(std::string("ALTER TABLE rounds DROP COLUMN ") + column);
    for (const auto* column : {"test_mae", "local_mae"})
      database.exec(std::string("ALTER TABLE nodes DROP COLUMN ") + column);
    database.exec("ALTER TABLE runs DROP COLUMN seconds_sharing");
    database.exec("PRAGMA user_version = 1");
  }
  const auto read = store::open(where.path());
  REQUIRE(read);
  const auto rounds = read->rounds().value();
  REQUIRE(rounds.size() == 2);
  CHECK(rounds[1].accuracy_mean == 0.75);
  CHECK(std::isnan(rounds[1].rmse_mean));
  CHECK(read->nodes().value().at(1).test_accuracy == 0.8);
  CHECK(std::isnan(read->nodes().value().at(1).test_mae));
  CHECK(std::isnan(read->read_summary().value().seconds_sharing));
}
