#include <nlohmann/json.hpp>

#include "cli/exit_code.hpp"
#include "cli/schema.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;

namespace {

tests::outcome rhizome_says(const std::vector<std::string>& arguments) {
  return tests::run_rhizome(arguments, std::filesystem::temp_directory_path());
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("version and help are no errors, a wrong command line is exit code 2") {
  CHECK(rhizome_says({"--version"}).code == cli::exit_done);
  CHECK(contains(rhizome_says({"--version"}).output, "rhizome 0."));
  for (const std::string command : {"run", "check", "explain", "list", "topology", "export", "plot", "certs"}) {
    const auto help = rhizome_says({command, "--help"});
    CHECK(help.code == cli::exit_done);
    CHECK(contains(help.output, "Usage: rhizome " + command));
  }
  CHECK(rhizome_says({}).code == cli::exit_wrong_input);
  CHECK(rhizome_says({"rnu"}).code == cli::exit_wrong_input);
  CHECK(contains(rhizome_says({"rnu"}).output, "rnu"));
  CHECK(rhizome_says({"check"}).code == cli::exit_wrong_input);
  CHECK(rhizome_says({"check", "a.toml", "--quux"}).code == cli::exit_wrong_input);
  const auto missing = rhizome_says({"check", "/nowhere/a.toml"});
  CHECK(missing.code == cli::exit_wrong_input);
  CHECK(missing.output == "/nowhere/a.toml: cannot be read: No such file or directory\n");
}

TEST_CASE("what check prints can be checked again, with the same result, and tells what the run needs") {
  const tests::scratch_directory scratch;
  scratch.write("a.toml", "[data]\ndataset = \"synthetic-classes\"\n[model]\nname = \"mlp\"\n"
                          "[topology]\nname = \"ring\"\n");
  // without the estimate at the end, which has times measured now
  const auto configuration = [](const std::string& output) { return output.substr(0, output.find("\n# ")); };
  const auto first = tests::run_rhizome(
      {"check", "a.toml", "--set", "experiment.nodes=8", "--set", "topology.name=complete"}, scratch.path());
  CAPTURE(first.output);
  REQUIRE(first.code == cli::exit_done);
  CHECK(contains(first.output, "nodes = 8\n"));
  CHECK(contains(first.output, "name = \"complete\"\n"));
  CHECK(contains(first.output, "\n# 8 nodes, a model of "));
  scratch.write("b.toml", first.output);
  const auto second = tests::run_rhizome({"check", "b.toml"}, scratch.path());
  CHECK(second.code == cli::exit_done);
  CHECK(configuration(second.output) == configuration(first.output));
}

TEST_CASE("explain tells what a key means, or what was meant") {
  const auto degree = rhizome_says({"explain", "topology.degree"});
  CHECK(degree.code == cli::exit_done);
  CHECK(contains(degree.output, "topology.degree = "));
  const auto misspelt = rhizome_says({"explain", "topology.degre"});
  CHECK(misspelt.code == cli::exit_wrong_input);
  CHECK(contains(misspelt.output, "did you mean \"topology.degree\"?"));
}

TEST_CASE("list names every variant of the schema, as JSON too") {
  const auto listed = rhizome_says({"list", "--json"});
  REQUIRE(listed.code == cli::exit_done);
  const auto json = nlohmann::json::parse(listed.output);
  std::size_t kinds = 0;
  for (const auto& s : cli::full_schema().sections)
    kinds += s.variants.empty() ? 0 : 1;
  CHECK(json.size() == kinds);
  CHECK(json.at("topologies").size() == cli::full_schema().find("topology")->variants.size());
  CHECK(contains(rhizome_says({"list", "models"}).output, "lenet"));
  CHECK(contains(rhizome_says({"list", "modles"}).output, "did you mean \"models\"?"));
  CHECK(rhizome_says({"list", "modles"}).code == cli::exit_wrong_input);
}
