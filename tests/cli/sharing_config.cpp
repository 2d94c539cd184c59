// What [sharing] can be put together with.
#include <string>
#include <vector>

#include "cli/experiment_setup.hpp"
#include "cli/schema.hpp"
#include "core/config/parse.hpp"
#include "core/learning/registry.hpp"
#include "core/sharing/registry.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;

namespace {

result<config::document> checked(const std::vector<std::string>& overrides) {
  return config::parse("[topology]\nname = \"regular\"\n", "file.toml", cli::full_schema(), overrides);
}

std::string complaint(const std::vector<std::string>& overrides) {
  const auto doc = checked(overrides);
  return doc ? "" : doc.error().message;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("every strategy goes with a static graph, and with a graph that changes or says why not") {
  for (const auto& kind : sharing::strategies()) {
    CAPTURE(kind.schema.name);
    const auto name = "sharing.name=" + kind.schema.name;
    CHECK(complaint({name}) == "");
    const auto why = complaint({name, "topology.dynamic=true"});
    CHECK(why.empty() == kind.keeps_copies.empty());
    if (!why.empty())
      CHECK(contains(why, "needs the same graph in each round: " + kind.keeps_copies));
  }
}

TEST_CASE("CHOCO is refused where messages may be missing") {
  const std::string choco = "sharing.name=choco";
  CHECK(contains(complaint({choco, "runtime.on_failure=continue"}), "cannot do without lost nodes"));
  CHECK(contains(complaint({choco, "runtime.on_nonfinite=isolate"}), "cannot do without a neighbour's message"));
}

TEST_CASE("shares and schedules must fit") {
  const std::string scheduled = "sharing.name=scheduled-alpha";
  CHECK(complaint({scheduled, "sharing.alphas=[0.1, 0.2, 1.0]", "sharing.schedule=[10, 20]"}) == "");
  CHECK(contains(complaint({scheduled, "sharing.alphas=[0.1]"}), "a schedule of 1 rounds needs 2 shares"));
  CHECK(contains(complaint({scheduled, "sharing.alphas=[0.1, 0.2, 0.3]", "sharing.schedule=[20, 20]"}),
                 "the rounds must be in ascending order"));
  CHECK(contains(complaint({"sharing.name=random-alpha", "sharing.alphas=[]"}), "there must be a share"));
  CHECK(contains(complaint({"sharing.name=top-k", "sharing.alpha=0"}), "sharing.alpha"));
}

TEST_CASE("[sharing.codec] is a table of its own") {
  const auto doc = config::parse("[sharing]\nname = \"top-k\"\n[sharing.codec]\nindices = \"bitmap\"\n", "file.toml",
                                 cli::full_schema(), {});
  REQUIRE(doc);
  CHECK((*doc)["sharing.codec"].text("indices") == "bitmap");
  CHECK((*doc)["sharing.codec"].text("values") == "raw");
  CHECK(contains(complaint({"sharing.codec.values=fp17"}), "fp16"));
}

TEST_CASE("secure aggregation is refused on a graph with a node that has a single neighbour") {
  const auto doc = config::parse("[topology]\nname = \"star\"\n[sharing]\nname = \"secure-aggregation\"\n", "file.toml",
                                 cli::full_schema(), {});
  REQUIRE(doc);
  const auto run = cli::prepare_run(*doc);
  REQUIRE_FALSE(run);
  CHECK(run.error().kind == error_kind::invalid_input);
  CHECK(contains(run.error().message, "cannot hide the model of a single neighbour"));
}

TEST_CASE("secure aggregation goes with every algorithm that shares on the graph of [topology], and with no other") {
  const std::string secure = "sharing.name=secure-aggregation";
  CHECK(complaint({secure}) == "");
  CHECK(complaint({secure, "algorithm.name=el-oracle", "topology.dynamic=true"}) == "");
  CHECK(complaint({secure, "algorithm.name=peer-sampling", "algorithm.sampler=central"}) == "");
  for (const std::string name : {"peer-sampling", "el-local", "knn", "local"})
    CHECK(contains(complaint({secure, "algorithm.name=" + name}), "\"" + name + "\" does not use it"));
}

TEST_CASE("a strategy or a codec that would do nothing is refused") {
  for (const auto& algorithm : learning::algorithms()) {
    CAPTURE(algorithm.schema.name);
    const auto chosen = "algorithm.name=" + algorithm.schema.name;
    CHECK(contains(complaint({chosen, "sharing.name=top-k"}), "decides itself what is sent") != algorithm.uses_sharing);
    CHECK(contains(complaint({chosen, "sharing.codec.values=fp16"}), "sends models as they are") !=
          (algorithm.uses_sharing || algorithm.uses_codec));
  }
  const std::string half = "sharing.codec.values=fp16";
  for (const std::string name : {"full", "top-k", "random", "jwins"})
    CHECK(complaint({half, "sharing.name=" + name}) == "");
  for (const std::string name : {"quantization", "secure-aggregation"})
    CHECK(contains(complaint({half, "sharing.name=" + name}), "has an encoding of its own here: expected \"raw\""));
  const std::string choco = "sharing.name=choco";
  for (const std::string compressor : {"top-k", "random-k", "sign", "qsgd"})
    CHECK(complaint({half, choco, "sharing.compressor=" + compressor}).empty() == compressor.ends_with("-k"));
}

TEST_CASE("secure aggregation sees the neighbours of a node's receivers under each of these algorithms") {
  const std::string text = "[experiment]\nnodes = 8\n[data]\ndataset = \"synthetic-classes\"\n[model]\n"
                           "name = \"logistic-regression\"\n[topology]\nname = \"regular\"\ndegree = 4\n"
                           "dynamic = true\n[sharing]\nname = \"secure-aggregation\"\n[algorithm]\n";
  for (const std::string algorithm :
       {"name = \"d-psgd\"", "name = \"el-oracle\"", "name = \"peer-sampling\"\nsampler = \"central\""}) {
    CAPTURE(algorithm);
    const auto doc = config::parse(text + algorithm + "\n", "file.toml", cli::full_schema(), {});
    REQUIRE(doc);
    const auto run = cli::prepare_run(*doc);
    REQUIRE(run);
    const auto views = run->spec.views(3, {});
    REQUIRE(views);
    for (const auto& view : *views) {
      REQUIRE(view->in_neighbours_of_out.size() == view->out.size());
      for (const auto& senders : view->in_neighbours_of_out)
        CHECK(senders.size() == 4);
    }
  }
}
