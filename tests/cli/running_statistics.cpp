// What a model's running statistics cannot go with shows when the model is made.
#include <string>

#include "cli/experiment_setup.hpp"
#include "cli/schema.hpp"
#include "core/config/parse.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;

namespace {

/// Why the run is refused; empty if it is not.
std::string refusal(const std::string& algorithm, const std::string& model) {
  const auto doc =
      config::parse("[experiment]\nnodes = 4\n[data]\ndataset = \"synthetic-images\"\nshape = [1, 16, 16]\n"
                    "[topology]\nname = \"ring\"\n",
                    "file.toml", cli::full_schema(), std::vector{"algorithm.name=" + algorithm, "model.name=" + model});
  REQUIRE(doc);
  const auto run = cli::prepare_run(*doc);
  return run ? std::string() : run.error().message;
}

} // namespace

TEST_CASE("a parameter server is refused for a model with running statistics, which gradients do not move") {
  const auto why = refusal("parameter-server", "resnet8");
  CHECK(why.find("do not move the running statistics of model.name = \"resnet8\"") != std::string::npos);
  CHECK(why.find("choose \"fed-avg\", or a model with GroupNorm") != std::string::npos);
  CHECK(refusal("fed-avg", "resnet8").empty());
  CHECK(refusal("parameter-server", "lenet").empty());
}
