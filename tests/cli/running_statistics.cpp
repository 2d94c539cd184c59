// What a model's running statistics cannot go with shows when the model is made.
#include <string>
#include <vector>

#include "cli/experiment_setup.hpp"
#include "cli/schema.hpp"
#include "core/config/parse.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;

namespace {

/// Why the run is refused; empty if it is not.
std::string refusal(const std::vector<std::string>& overrides) {
  const auto doc =
      config::parse("[experiment]\nnodes = 4\n[data]\ndataset = \"synthetic-images\"\nshape = [1, 16, 16]\n"
                    "[topology]\nname = \"ring\"\n",
                    "file.toml", cli::full_schema(), overrides);
  REQUIRE(doc);
  const auto run = cli::prepare_run(*doc);
  return run ? std::string() : run.error().message;
}

} // namespace

TEST_CASE("a parameter server is refused for a model with running statistics, which gradients do not move") {
  const std::string server = "algorithm.name=parameter-server";
  const auto why = refusal({server, "model.name=resnet8"});
  CHECK(why.find("do not move the running statistics of model.name = \"resnet8\"") != std::string::npos);
  CHECK(why.find("choose \"fed-avg\", or a model with GroupNorm") != std::string::npos);
  CHECK(refusal({"algorithm.name=fed-avg", "model.name=resnet8"}).empty());
  CHECK(refusal({server, "model.name=lenet"}).empty());
}

TEST_CASE("variances that are shared are means of variances, or the run is refused") {
  for (const std::string name : {"choco", "wavelet", "jwins", "fft"}) {
    CAPTURE(name);
    const auto sharing = "sharing.name=" + name;
    CHECK(refusal({sharing, "model.name=resnet8"}).find("may make variances negative among the running statistics") !=
          std::string::npos);
    for (const std::string buffers : {"averaged", "local"})
      CHECK(refusal({sharing, "model.name=resnet8", "model.buffers=" + buffers}).empty());
    CHECK(refusal({sharing, "model.name=lenet"}).empty());
  }
  CHECK(refusal({"algorithm.name=stc", "model.name=resnet8"}).find("changes that are not exact") != std::string::npos);
  for (const std::string name : {"full", "top-k", "random", "quantization"})
    CHECK(refusal({"sharing.name=" + name, "model.name=resnet8"}).empty());
}
