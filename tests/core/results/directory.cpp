#include "core/results/directory.hpp"

#include <array>
#include <fstream>

#include "core/results/store.hpp"
#include "tests/core/results/support.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome::results;
using namespace rhizome::results::testing;
namespace fs = std::filesystem;

namespace {

rhizome::result<fs::path> prepare(const temporary_directory& where, bool force = false, bool again = false) {
  return prepare_directory(where.path(), "ring", "1a2b", force, again);
}

/// A run in `directory` that recorded `rounds` rounds and ended with `status`; "running": it was killed.
void leave_run(const fs::path& directory, const std::string& status, std::uint32_t rounds) {
  auto results = store::create(directory, some_run("ring"));
  REQUIRE(results);
  for (std::uint32_t round = 1; round <= rounds; ++round)
    REQUIRE(results->append(std::array{some_round(round)}, {}, {}));
  if (status != "running")
    REQUIRE(results->finish(ending(status)));
}

} // namespace

TEST_CASE("a new run gets a directory of its name and hash") {
  const temporary_directory where;
  const auto directory = prepare(where);
  REQUIRE(directory);
  CHECK(*directory == where.path() / "ring-1a2b");
  CHECK(fs::is_directory(*directory));
  CHECK(run_id(*directory / "") == "ring-1a2b");
}

TEST_CASE("a run with results is never replaced unasked") {
  for (const std::string status : {"done", "failed", "interrupted", "running"}) {
    CAPTURE(status);
    const temporary_directory where;
    const auto directory = prepare(where).value();
    leave_run(directory, status, 3);

    const auto refused = prepare(where);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == rhizome::error_kind::invalid_input);
    CHECK(refused.error().message.find(status == "running" ? "(killed)" : "(" + status + ")") != std::string::npos);
    CHECK(refused.error().message.find("--force") != std::string::npos);
    CHECK(refused.error().message.find("--again") != std::string::npos);
    CHECK(store::open(directory)->rounds()->size() == 3);
  }
}

TEST_CASE("--again counts directories up, --force empties the old one") {
  const temporary_directory where;
  const auto first = prepare(where).value();
  leave_run(first, "done", 1);
  const auto second = prepare(where, false, true).value();
  CHECK(second == where.path() / "ring-1a2b-2");
  leave_run(second, "done", 1);
  CHECK(prepare(where, false, true).value() == where.path() / "ring-1a2b-3");

  CHECK(prepare(where, true, false).value() == first);
  CHECK(fs::is_empty(first));
  CHECK_FALSE(prepare(where, true, true));
}

TEST_CASE("a run that ended before its first round makes way") {
  const temporary_directory where;
  const auto directory = prepare(where).value();
  leave_run(directory, "failed", 0);
  std::ofstream(directory / log_file) << "no data\n";
  CHECK(prepare(where).value() == directory);
  CHECK(fs::is_empty(directory));
}

TEST_CASE("files that no run wrote are never deleted") {
  const temporary_directory where;
  const auto directory = prepare(where).value();
  std::ofstream(directory / "thesis.tex") << "\\documentclass{book}\n";
  const auto refused = prepare(where, true, false);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("thesis.tex") != std::string::npos);
  CHECK(fs::exists(directory / "thesis.tex"));
}

TEST_CASE("a run that is going on is not replaced, even with --force") {
  const temporary_directory where;
  const auto directory = prepare(where).value();
  auto active = store::create(directory, some_run("ring"));
  REQUIRE(active);
  const auto refused = prepare(where, true, false);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("still going on") != std::string::npos);
  CHECK(prepare(where, false, true).value() == where.path() / "ring-1a2b-2");
}

TEST_CASE("a name that would leave the directory of runs is refused") {
  const temporary_directory where;
  for (const auto name : {"", "..", "a/b", ".hidden"})
    CHECK_FALSE(prepare_directory(where.path(), name, "1a2b", true, false));
}

TEST_CASE("a file that cannot be written leaves no part of it") {
  const temporary_directory where;
  REQUIRE(write_file(where.path() / "a.txt", "old"));
  REQUIRE(write_file(where.path() / "a.txt", "new"));
  CHECK(read_file(where.path() / "a.txt") == "new");
  CHECK_FALSE(write_file(where.path() / "none" / "a.txt", "text"));
  fs::create_directory(where.path() / "b");
  CHECK_FALSE(write_file(where.path() / "b", "text"));
  CHECK_FALSE(fs::exists(where.path() / "b.partial"));
}
