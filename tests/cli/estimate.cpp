// What `rhizome check` says that a run needs.
#include <string>
#include <vector>

#include "cli/estimate.hpp"
#include "cli/schema.hpp"
#include "core/config/parse.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;

namespace {

std::string estimated(const std::vector<std::string>& overrides) {
  const auto doc = config::parse("[experiment]\nnodes = 8\nrounds = 10\n[data]\ndataset = \"synthetic-classes\"\n"
                                 "[model]\nname = \"mlp\"\nhidden = [2000]\n[training]\nlocal_steps = 5\n"
                                 "[topology]\nname = \"regular\"\ndegree = 4\n[evaluation]\nevery = 0\n",
                                 "file.toml", cli::full_schema(), overrides);
  REQUIRE(doc);
  const auto text = cli::estimate(*doc);
  REQUIRE(text);
  return *text;
}

/// The line that begins so, without the beginning and what follows the first comma.
std::string line(const std::string& text, const std::string& beginning) {
  const auto at = text.find(beginning);
  REQUIRE(at != std::string::npos);
  const auto from = at + beginning.size();
  return text.substr(from, text.find_first_of(",\n", from) - from);
}

/// In MB.
double memory(const std::vector<std::string>& overrides) {
  const auto text = line(estimated(overrides), "models in memory: about ");
  CHECK(text.ends_with(" MB"));
  return std::stod(text);
}

} // namespace

TEST_CASE("an estimate counts the steps of those workers only that take part in a round") {
  const auto steps = [](const std::vector<std::string>& overrides) {
    return line(estimated(overrides), "local steps in all: ");
  };
  CHECK(steps({}) == "400");
  for (const std::string name : {"fed-avg", "stc", "parameter-server"}) {
    CHECK(steps({"algorithm.name=" + name}) == "400");
    CHECK(steps({"algorithm.name=" + name, "algorithm.participation=0.25"}) == "100");
    CHECK(steps({"algorithm.name=" + name, "algorithm.participation=0.3"}) == "150"); // three of eight
  }
}

TEST_CASE("an estimate counts the messages of secure aggregation, one for each receiver") {
  const auto plain = memory({"sharing.name=full"});
  // 1.6 vectors a node, and for each of 4 receivers one of 4 or 8 bytes an entry
  const auto wide = memory({"sharing.name=secure-aggregation"});
  const auto narrow = memory(
      {"sharing.name=secure-aggregation", "sharing.modulus=2^32", "sharing.fraction_bits=16", "sharing.range=100"});
  CHECK(wide == doctest::Approx(plain * (1.6 + 8) / 1.6).epsilon(0.01));
  CHECK(narrow == doctest::Approx(plain * (1.6 + 4) / 1.6).epsilon(0.01));
}

TEST_CASE("an estimate has evaluations, and says what it leaves out") {
  const auto none = estimated({"evaluation.nodes=1", "evaluation.consensus=false", "evaluation.final_samples=1"});
  CHECK(none.find("; sharing comes on top\n") != std::string::npos);
  const auto seconds = [](const std::string& text) { return line(text, "evaluations: about "); };
  CHECK(seconds(none) != seconds(estimated({"evaluation.every=1"})));
}
