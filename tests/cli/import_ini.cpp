// What `rhizome import-ini` makes of DecentralizePy's files is valid, and the command tells what it has left out.

#include <fstream>
#include <string>
#include <vector>

#include "cli/schema.hpp"
#include "core/config/import_ini.hpp"
#include "core/config/import_ini_names.hpp"
#include "core/config/parse.hpp"
#include "core/config/print.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;

namespace {

struct data_shape {
  std::string name;
  std::string section;
};

/// The sections [DATASET] of the shipped files.
const std::vector<data_shape> data_shapes{
    {"cifar", "dataset_class = CIFAR10\nmodel_class = LeNet\ntrain_dir = c\ntest_dir = c\npartition_niid = kshard\n"
              "shard = 2\n"},
    {"femnist", "dataset_class = Femnist\nmodel_class = CNN\ntrain_dir = f/train\ntest_dir = f/test\n"},
    {"celeba", "dataset_class = Celeba\nmodel_class = CNN\ntrain_dir = a/train\ntest_dir = a/test\nimages_dir = i\n"},
    {"shakespeare", "dataset_class = Shakespeare\nmodel_class = LSTM\ntrain_dir = s/train\ntest_dir = s/test\n"},
    {"reddit", "dataset_class = Reddit\nmodel_class = RNN\ntrain_dir = r/train\ntest_dir = r/test\n"},
    {"movielens", "dataset_class = MovieLens\nmodel_class = MatrixFactorization\ntrain_dir = m\ntest_dir = m\n"},
};

const std::vector<std::string> sharing_shapes{
    "sharing_class = Sharing\n",
    "sharing_class = PartialModel\nalpha = 0.1\naccumulation = True\naccumulate_averaging_changes = True\n",
    "sharing_class = SubSampling\nalpha = 0.3\n",
    "sharing_class = JWINS\nalpha_list = \"[0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 1.0]\"\nwavelet = sym2\nlevel = 4\n"
    "change_based_selection = True\naccumulation = True\naccumulate_averaging_changes = True\nmetadata_cap = 0.5\n"
    "compress = True\ncompression_class = EliasFpzip\n",
};

std::string ini_of(const data_shape& data, const std::string& sharing) {
  const std::string loss = data.name == "movielens" ? "MSELoss" : "CrossEntropyLoss";
  return "[DATASET]\nrandom_seed = 90\n" + data.section +
         "[OPTIMIZER_PARAMS]\noptimizer_package = torch.optim\noptimizer_class = SGD\nlr = 0.01\n"
         "[TRAIN_PARAMS]\nrounds = 10\nfull_epochs = False\nbatch_size = 16\nshuffle = True\nloss_class = " +
         loss + "\n[COMMUNICATION]\ncomm_class = TCP\naddresses_filepath = ip.json\n[SHARING]\n" + sharing;
}

/// A value for each of the class's keys.
std::string with_all_keys(const config::ini::sharing_name& which) {
  const auto value_of = [](config::ini::value_form form) {
    switch (form) {
    case config::ini::value_form::boolean:
      return "True";
    case config::ini::value_form::integer:
      return "3";
    case config::ini::value_form::real:
      return "0.25";
    case config::ini::value_form::reals:
      return "[0.1, 0.5]";
    case config::ini::value_form::text:
      return "haar";
    }
    return "";
  };
  std::string keys = which.accumulates ? "accumulation = True\n" : "";
  for (const auto& key : which.keys)
    keys += std::string(key.from) + " = " + value_of(key.form) + '\n';
  return keys;
}

/// What the class cannot do without.
std::string required_by(const config::ini::sharing_name& which) {
  return "sharing_class = " + std::string(which.from) + '\n' +
         (which.from == "ManualAdapt" ? "change_alpha = [0.1, 0.5]\nchange_rounds = [10,30]\n" : "");
}

/// The INI file in bench/README.md: the indented lines from [DATASET] on.
std::string ini_of_bench() {
  std::ifstream page(tests::source_directory() + "/bench/README.md");
  std::string ini;
  for (std::string line; std::getline(page, line);) {
    const auto text = line.find_first_not_of(' ');
    if (!ini.empty() && text == std::string::npos)
      break;
    if (!ini.empty() || (text == 7 && line.substr(text) == "[DATASET]"))
      ini += line.substr(text) + '\n';
  }
  return ini;
}

} // namespace

TEST_CASE("configs/paper/side-by-side.toml says what the INI file of bench/README.md says") {
  config::import_options options;
  options.name = "side-by-side";
  options.nodes = 16;
  options.rounds = 50;
  options.graph = "ring";
  options.test_after = 10;
  const auto done = config::import_ini(ini_of_bench(), "bench/README.md", options);
  REQUIRE(done);
  const std::vector<std::string> path{"data.path=data/cifar-10-batches-bin"};
  const auto converted = config::parse(done->toml, "converted.toml", cli::full_schema(), path);
  const auto shipped =
      config::load(tests::source_directory() + "/configs/paper/side-by-side.toml", cli::full_schema(), path);
  REQUIRE(converted);
  REQUIRE(shipped);
  CHECK(config::to_toml(*converted, cli::full_schema()) == config::to_toml(*shipped, cli::full_schema()));
}

TEST_CASE("every shape of DecentralizePy's shipped files becomes a valid configuration") {
  for (const auto& data : data_shapes)
    for (const auto& sharing : sharing_shapes) {
      const auto done = config::import_ini(ini_of(data, sharing), data.name + ".ini", {});
      REQUIRE(done);
      const auto document = config::parse(done->toml, data.name + ".toml", cli::full_schema());
      CHECK_MESSAGE(document, (document ? "" : document.error().message + "\n" + done->toml));
    }
}

TEST_CASE("every sharing class becomes a valid configuration, with its defaults and with all its keys") {
  for (const auto& which : config::ini::sharings())
    for (const auto& keys : {std::string(), with_all_keys(which)}) {
      const auto done = config::import_ini(ini_of(data_shapes.front(), required_by(which) + keys), "cifar.ini", {});
      REQUIRE_MESSAGE(done, (done ? "" : done.error().message));
      const auto document = config::parse(done->toml, std::string(which.from) + ".toml", cli::full_schema());
      CHECK_MESSAGE(document, (document ? "" : document.error().message + "\n" + done->toml));
      if (document)
        CHECK((*document)[which.section].text("name") == which.to);
    }
}

TEST_CASE("every node type becomes a valid configuration") {
  for (const auto& type : config::import_node_types()) {
    config::import_options options;
    options.node_type = type;
    const auto done = config::import_ini(ini_of(data_shapes.front(), sharing_shapes.front()), "cifar.ini", options);
    REQUIRE(done);
    const auto document = config::parse(done->toml, type + ".toml", cli::full_schema());
    CHECK_MESSAGE(document, (document ? "" : document.error().message + "\n" + done->toml));
  }
}

TEST_CASE("rhizome import-ini writes a file once, and says what it has left out") {
  const tests::scratch_directory scratch;
  const auto ini = scratch.write("config_cifar_sharing.ini", ini_of(data_shapes.front(), sharing_shapes.front()));
  const auto done =
      tests::run_rhizome({"import-ini", ini, "--nodes", "6", "--graph", "ring", "-o", "out.toml"}, scratch.path());
  CHECK(done.code == 0);
  CHECK(done.output.find("[DATASET] shard: taken for shards") != std::string::npos);
  const auto document = config::load(scratch.path() / "out.toml", cli::full_schema());
  REQUIRE(document);
  CHECK((*document)["experiment"].text("name") == "config_cifar_sharing");
  CHECK((*document)["topology"].text("name") == "ring");
  const auto again = tests::run_rhizome({"import-ini", ini, "-o", "out.toml"}, scratch.path());
  CHECK(again.code == 2);
  CHECK(again.output.find("is not overwritten") != std::string::npos);
  CHECK(tests::run_rhizome({"import-ini", "none.ini"}, scratch.path()).code == 2);
}
