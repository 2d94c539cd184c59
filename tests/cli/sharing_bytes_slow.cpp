// What sparse sharing saves on a trained network, in bytes that were sent, through the real program.
#include <string>

#include "tests/cli/program.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;

namespace {

constexpr const char* lenets = R"([experiment]
nodes = 8
rounds = 8

[data]
dataset = "synthetic-images"
samples_per_node = 64

[model]
name = "lenet"

[training]
local_steps = 5
batch_size = 8

[topology]
name = "regular"
degree = 4

[evaluation]
on = "none"
consensus = false
)";

double bytes_sent(const tests::scratch_directory& scratch, const std::string& name, const std::string& sharing) {
  scratch.write(name + ".toml", lenets + sharing);
  return tests::run_experiment({name + ".toml"}, scratch.path()).at("bytes_sent").get<double>();
}

} // namespace

TEST_CASE("a tenth of a LeNet takes at most 0.12 of the whole one in Elias' gamma code, and less with fpzip") {
  const tests::scratch_directory scratch;
  const double full = bytes_sent(scratch, "full", "[sharing]\nname = \"full\"\n");
  CHECK(full == 8 * 8 * 4 * (48 + 4 * 83754.0)); // rounds, nodes, neighbours
  const std::string tenth = "[sharing]\nname = \"top-k\"\nalpha = 0.1\n[sharing.codec]\nindices = \"elias-gamma\"\n";
  const double raw = bytes_sent(scratch, "raw", tenth + "values = \"raw\"\n");
  CHECK(raw <= 0.12 * full);
  CHECK(raw > 0.1 * full);
  CHECK(bytes_sent(scratch, "fpzip", tenth + "values = \"fpzip\"\n") < raw);
  CHECK(bytes_sent(scratch, "halves", "[sharing]\nname = \"full\"\n[sharing.codec]\nvalues = \"fp16\"\n") <
        0.5001 * full);
}
