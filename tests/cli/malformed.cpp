// Every malformed configuration is refused with a sentence that has the place. A process of the real program costs the
// loading of LibTorch, a good tenth of a second; so all of them go through `config::load`, the one function through
// which `rhizome run` and `rhizome check` read a file, and every kind of them also through the program itself.
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>

#include "cli/exit_code.hpp"
#include "cli/report_error.hpp"
#include "cli/schema.hpp"
#include "core/config/parse.hpp"
#include "tests/cli/malformed_configs.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using tests::malformed_config;

namespace {

/// Whether each line of a message is "file:line:column: sentence" or "--set argument: sentence".
bool every_line_has_a_place(const std::string& message) {
  static const std::regex place(R"(^(bad\.toml:[0-9]+:[0-9]+|--set .*): .+)");
  std::istringstream lines(message);
  bool any = false;
  for (std::string line; std::getline(lines, line); any = true)
    if (!std::regex_search(line, place, std::regex_constants::match_continuous))
      return false;
  return any;
}

/// The expected beginning of one of the lines.
std::string beginning(const malformed_config& bad) {
  return bad.place.starts_with("--set") ? bad.place : "bad.toml:" + bad.place;
}

bool has_line_beginning(const std::string& message, const std::string& start) {
  return message.starts_with(start) || message.find("\n" + start) != std::string::npos;
}

void check_message(const malformed_config& bad, const std::string& message) {
  CHECK(every_line_has_a_place(message));
  if (!bad.place.empty())
    CHECK(has_line_beginning(message, beginning(bad)));
  CHECK(message.find(bad.mention) != std::string::npos);
}

/// The derived ones are alike: every 100th stands for the rest. Of the written ones every sixth, and all large ones.
std::vector<malformed_config> representatives() {
  std::vector<malformed_config> chosen;
  const auto derived = tests::derived_malformed_configs(cli::full_schema());
  for (std::size_t i = 0; i < derived.size(); i += 100)
    chosen.push_back(derived[i]);
  const auto written = tests::written_malformed_configs();
  for (std::size_t i = 0; i < written.size(); ++i)
    if (i % 6 == 0 || written[i].text.size() > 5'000'000)
      chosen.push_back(written[i]);
  return chosen;
}

} // namespace

TEST_CASE("more than 200 malformed configurations are refused, each with its place") {
  const tests::scratch_directory scratch;
  const auto previous = std::filesystem::current_path();
  std::filesystem::current_path(scratch.path());
  auto all = tests::derived_malformed_configs(cli::full_schema());
  for (auto& bad : tests::written_malformed_configs())
    all.push_back(std::move(bad));
  std::set<std::pair<std::string, std::vector<std::string>>> distinct;
  for (const auto& bad : all) {
    CAPTURE(bad.what);
    distinct.emplace(bad.text, bad.overrides);
    const auto doc = config::load(scratch.write("bad.toml", bad.text), cli::full_schema(), bad.overrides);
    CHECK_FALSE(doc);
    if (doc)
      continue;
    CAPTURE(doc.error().message);
    CHECK(cli::exit_code_of(doc.error().kind) == cli::exit_wrong_input);
    check_message(bad, doc.error().message);
  }
  std::filesystem::current_path(previous);
  CHECK(distinct.size() >= 200);
}

TEST_CASE("the program itself refuses every kind of malformed configuration with exit code 2 and starts nothing") {
  const tests::scratch_directory scratch;
  const auto chosen = representatives();
  CHECK(chosen.size() >= 20);
  for (const auto& bad : chosen) {
    CAPTURE(bad.what);
    std::vector<std::string> arguments = {"run", scratch.write("bad.toml", bad.text)};
    for (const auto& override_argument : bad.overrides)
      arguments.insert(arguments.end(), {"--set", override_argument});
    const auto said = tests::run_rhizome(arguments, scratch.path());
    CAPTURE(said.output);
    CHECK(said.code == cli::exit_wrong_input);
    check_message(bad, said.output);
    CHECK_FALSE(std::filesystem::exists(scratch.path() / "runs"));
  }
}
