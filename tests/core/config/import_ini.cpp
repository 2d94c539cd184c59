// DecentralizePy's INI files, in the shapes in which they are shipped, become configurations.

#include <string>
#include <vector>

#include "core/config/import_ini.hpp"
#include "core/config/toml_text.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::config;

namespace {

const std::string cifar_data = R"([DATASET]
dataset_package = decentralizepy.datasets.CIFAR10
dataset_class = CIFAR10
model_class = LeNet
train_dir = /data/CIFAR
test_dir = /data/CIFAR
; python list of fractions below
sizes =
random_seed = 99
partition_niid = kshard
shards = 4
)";

const std::string leaf_data = R"([DATASET]
dataset_package = decentralizepy.datasets.Femnist
dataset_class = Femnist
random_seed = 97
model_class = CNN
train_dir = leaf/femnist/per_user_data/train
test_dir = leaf/femnist/data/test
)";

const std::string training = R"([OPTIMIZER_PARAMS]
optimizer_package = torch.optim
optimizer_class = SGD
lr = 0.01
[TRAIN_PARAMS]
training_package = decentralizepy.training.Training
training_class = Training
rounds = 20
full_epochs = False
batch_size = 8
shuffle = True
loss_package = torch.nn
loss_class = CrossEntropyLoss
[COMMUNICATION]
comm_package = decentralizepy.communication.TCP
comm_class = TCP
addresses_filepath = ip_addr_6Machines.json
)";

std::string sharing_of(const std::string& name, const std::string& keys = {}) {
  return "[SHARING]\nsharing_package = decentralizepy.sharing." + name + "\nsharing_class = " + name + "\n" + keys;
}

std::string converted(const std::string& ini, const import_options& options = {}) {
  const auto done = import_ini(ini, "cifar.ini", options);
  REQUIRE_MESSAGE(done, (done ? "" : done.error().message));
  CHECK(read_toml(done->toml, "out.toml"));
  return done->toml;
}

std::string complaint(const std::string& ini, const import_options& options = {}) {
  const auto done = import_ini(ini, "cifar.ini", options);
  REQUIRE_FALSE(done);
  CHECK(done.error().kind == error_kind::invalid_input);
  return done.error().message;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a file of the shape of CIFAR-10 with full sharing") {
  import_options options;
  options.name = "config_cifar_sharing";
  options.nodes = 96;
  options.rounds = 100;
  options.graph = "96_regular.edges";
  const auto toml = converted(cifar_data + training + sharing_of("Sharing"), options);
  const std::string expected = R"(
[experiment]
name = "config_cifar_sharing"
seed = 99
nodes = 96
rounds = 100

[data]
dataset = "cifar-10"
path = "/data/CIFAR"
partition = "shards"
shards = 4

[model]
name = "lenet"

[training]
drop_last = false
local_steps = 20
batch_size = 8
sampling = "fresh_each_round"
loss = "cross-entropy"
optimizer = "sgd"
learning_rate = 0.01
reset_optimizer = true

[algorithm]
name = "d-psgd"

[topology]
name = "file"
path = "96_regular.edges"
format = "edges"

[sharing]
name = "full"

[evaluation]
every = 5
nodes = 0
samples = 0
)";
  CHECK_MESSAGE(contains(toml, expected), toml);
  CHECK(contains(toml, "#   [COMMUNICATION] addresses_filepath: one program runs all nodes"));
  CHECK_FALSE(contains(toml, "sizes")); // an empty list means equal parts there and here
}

TEST_CASE("LEAF's data sets are spread by their users") {
  const auto toml = converted(leaf_data + training + sharing_of("Sharing"));
  CHECK(contains(toml, "dataset = \"femnist\""));
  CHECK(contains(toml, "partition = \"natural\""));
  CHECK(contains(toml, "path = \"leaf/femnist/per_user_data\""));
  CHECK(contains(toml, "train_dir, test_dir: the files are expected in train/ and test/ of data.path"));
  CHECK(contains(toml, "name = \"femnist-cnn\""));
  CHECK(contains(toml, "drop_last = true"));
  struct names {
    std::string dataset, model, name;
  };
  for (const auto& [dataset, model, name] : std::vector<names>{{"Celeba", "CNN", "celeba-cnn"},
                                                               {"Shakespeare", "LSTM", "shakespeare-lstm"},
                                                               {"Reddit", "RNN", "reddit-lstm"}})
    CHECK(contains(converted("[DATASET]\ndataset_class = " + dataset + "\nmodel_class = " + model +
                             "\ntrain_dir = d/train\ntest_dir = d/test\n" + training + sharing_of("Sharing")),
                   "[model]\nname = \"" + name + '"'));
}

TEST_CASE("MovieLens is spread by its users in their order, and each node is tested on its own") {
  const auto movies = converted("[DATASET]\ndataset_class = MovieLens\nmodel_class = MatrixFactorization\ntrain_dir = "
                                "ml-latest-small/\npartition_niid = kshard\nshards = 2\n" +
                                training + sharing_of("Sharing"));
  CHECK(
      contains(movies, "dataset = \"movielens\"\npath = \"ml-latest-small\"\npartition = \"natural-contiguous\"\n\n"));
  CHECK(contains(movies, "#   [DATASET] partition_niid: MovieLens is spread by its users"));
  CHECK(contains(movies, "name = \"matrix-factorization\""));
  CHECK(contains(movies, "[evaluation]\non = \"local\"\nevery = 5\nnodes = 0\nsamples = 0\n"));
}

TEST_CASE("sharing classes keep their parameters and their own defaults") {
  const auto sharing = [](const std::string& name, const std::string& keys = {}) {
    return converted(cifar_data + training + sharing_of(name, keys));
  };
  const auto partial = sharing("PartialModel", "alpha = 0.1\naccumulation = True\n"
                                               "accumulate_averaging_changes = True\nmetadata_cap=0.6\n");
  CHECK(contains(partial, "[sharing]\nname = \"top-k\"\nalpha = 0.1\nmetadata_cap = 0.6\naccumulation = \"whole\"\n"));
  CHECK(contains(partial, "[sharing.codec]\nindices = \"raw\"\nvalues = \"raw\"\n"));
  CHECK(contains(sharing("PartialModel"), "alpha = 1.0\naccumulation = \"none\""));
  CHECK(contains(sharing("PartialModel", "accumulation = True\n"), "accumulation = \"plain\""));
  CHECK(contains(sharing("SubSampling", "alpha = 0.25\nlayerwise = True\n"),
                 "name = \"random\"\nalpha = 0.25\nper_layer = true\n"));
  const auto jwins = sharing("JWINS", "alpha_list = \"[0.1, 0.15, 1.0]\"\nwavelet = sym2\nlevel = 4\n"
                                      "change_based_selection = True\naccumulation = True\n"
                                      "accumulate_averaging_changes = True\nmetadata_cap = 0.5\ncompress = True\n"
                                      "compression_package = decentralizepy.compression.EliasFpzip\n"
                                      "compression_class = EliasFpzip\n");
  CHECK(contains(jwins, "name = \"jwins\"\nalphas = [0.1, 0.15, 1]\nwavelet = \"sym2\"\nlevels = 4\n"
                        "metadata_cap = 0.5\naccumulation = \"whole\"\nselection = \"change\"\n"));
  CHECK(contains(jwins, "indices = \"elias-gamma\"\nvalues = \"fpzip\"\n"));
  CHECK(contains(sharing("Choco", "alpha = 0.2\nstep_size = 0.4\n"),
                 "name = \"choco\"\ncompressor = \"top-k\"\nalpha = 0.2\nstep_size = 0.4\n"));
  CHECK(contains(sharing("Wavelet", "alpha = 0.3\nchange_based_selection = False\n"), "selection = \"magnitude\""));
  CHECK(contains(sharing("FFT"), "name = \"fft\""));
  CHECK(contains(sharing("TopKParams", "alpha = 0.1\n"), "per_layer = true\nselection = \"magnitude\"\nalpha = 0.1\n"));
  CHECK(contains(sharing("TopKNormalized"), "selection = \"relative-change\""));
  CHECK(contains(sharing("PlainAverageSharing"), "weights = \"uniform\""));
  CHECK(contains(sharing("SharingCentrality"), "weights = \"centrality\"\n\n[sharing]\nname = \"full\"\n"));
}

TEST_CASE("GrowingAlpha's share arrives after k times k rounds") {
  const auto growing = [](const std::string& keys) {
    return converted(cifar_data + training + sharing_of("GrowingAlpha", keys));
  };
  const auto shipped = growing("init_alpha=0.10\nmax_alpha=0.75\nk=6\nmetadata_cap=0.65\n");
  CHECK(contains(shipped, "name = \"growing-alpha\"\nlast_alpha = 0.75\ngrowth_rounds = 36\nfirst_alpha = 0.1\n"
                          "metadata_cap = 0.65\n"));
  CHECK(contains(shipped, "#   [SHARING] k: each k rounds the original adds"));
  CHECK_FALSE(contains(shipped, "[SHARING] init_alpha"));
  const auto from_nothing = growing("init_alpha = 0.0\n");
  CHECK(contains(from_nothing, "last_alpha = 1.0\ngrowth_rounds = 100\nfirst_alpha = 1e-09\n"));
  CHECK(contains(from_nothing, "#   [SHARING] init_alpha: it is 0, and"));
  CHECK(contains(growing(""), "#   [SHARING] init_alpha: it is 0 where the file has none, and"));
  CHECK(contains(complaint(cifar_data + training + sharing_of("GrowingAlpha", "k = 0\n")),
                 "k: expected an integer from 1 to 65535, found 0"));
}

TEST_CASE("ManualAdapt's rounds are counted from 0 here") {
  const auto adapted = [](const std::string& alphas, const std::string& rounds) {
    return cifar_data + training +
           sharing_of("ManualAdapt", "change_alpha = " + alphas + "\nchange_rounds = " + rounds + "\n");
  };
  const auto documented = converted(adapted("[0.1, 0.3, 0.5]", "[10, 30]"));
  CHECK(contains(documented, "alphas = [0.1, 0.3, 0.5]\nschedule = [9, 29]\n"));
  CHECK(contains(documented, "#   [SHARING] change_rounds: the original counts rounds from 1"));
  const auto shipped = converted(adapted("[0.1, 0.5]", "[10,30]"));
  CHECK(contains(shipped, "alphas = [0.1, 0.1, 0.5]\nschedule = [9, 29]\n"));
  CHECK(contains(shipped, "#   [SHARING] change_alpha: as many shares as rounds"));
  CHECK(contains(converted(adapted("[0.1, 0.5]", "[1, 30]")), "alphas = [0.1, 0.5]\nschedule = [29]\n"));
  CHECK(contains(converted(adapted("[0.0, 0.5]", "[30]")), "alphas = [1e-09, 0.5]\nschedule = [29]\n"));
  CHECK(contains(complaint(adapted("[0.1, 0.2, 0.5]", "[30]")), "change_alpha: 1 rounds need 2 shares"));
  CHECK(contains(complaint(adapted("[0.1, 0.5]", "[0]")), "change_rounds: expected a list of rounds from 1 on"));
  CHECK(contains(complaint(cifar_data + training + sharing_of("ManualAdapt", "change_alpha = [0.1]\n")),
                 "ManualAdapt needs change_alpha and change_rounds"));
}

TEST_CASE("the class RandomAlpha of the module RandomAlphaWavelet works on wavelets") {
  CHECK(contains(converted(cifar_data + training + sharing_of("RandomAlpha")), "name = \"random-alpha\""));
  auto sharing = sharing_of("RandomAlphaWavelet");
  sharing.replace(sharing.find("sharing_class = "), std::string::npos, "sharing_class = RandomAlpha\n");
  CHECK(contains(converted(cifar_data + training + sharing), "name = \"jwins\""));
}

TEST_CASE("places that Lz4Wrapper leaves as they are stay so") {
  const auto lz4 = [](const std::string& keys) {
    return converted(cifar_data + training +
                     sharing_of("PartialModel", "compress = True\ncompression_class = Lz4Wrapper\n" + keys));
  };
  CHECK(contains(lz4(""), "indices = \"delta\"\nvalues = \"raw\"\n"));
  CHECK(contains(lz4("compress_metadata = False\ncompress_data = True\n"), "indices = \"raw\"\nvalues = \"lz4\"\n"));
}

TEST_CASE("what is different without a key of its own is noted") {
  auto trained = training;
  trained.replace(trained.find("training_class = Training"), 25, "training_class = LLMTraining");
  CHECK(contains(converted(cifar_data + trained + sharing_of("Sharing")),
                 "#   [TRAIN_PARAMS] training_class: LLMTraining becomes Training"));
  CHECK_FALSE(contains(converted(cifar_data + training + sharing_of("Sharing")), "training_class"));
  CHECK(contains(converted(cifar_data + training + sharing_of("LowerBoundTopK", "metro_hastings = False\n")),
                 "#   [SHARING] metro_hastings: weights are those of topology.weights"));
  CHECK(contains(converted(cifar_data + training + sharing_of("Synchronous")),
                 "#   algorithm.name: the original averages models after their local steps"));
}

TEST_CASE("STC is an algorithm here") {
  const auto toml = converted(cifar_data + training + sharing_of("STC", "alpha = 0.1\n"));
  CHECK(contains(toml, "[algorithm]\nname = \"stc\"\nparticipation = 1\nternary = false\nalpha = 0.1\n"));
  CHECK(contains(toml, "values = \"fpzip-lossy\"\nprecision = 8\n"));
  CHECK_FALSE(contains(toml, "[topology]"));
  CHECK_FALSE(contains(toml, "[sharing]"));
}

TEST_CASE("quantization becomes bits of a packed codec") {
  const auto bits = [](const std::string& precision) {
    return converted(cifar_data + training +
                     sharing_of("Sharing", "compress = True\ncompression_class = Quantization\n" + precision));
  };
  CHECK(contains(bits(""), "values = \"packed\"\nbits = 16\n"));
  CHECK(contains(bits("float_precision = None\n"), "bits = 16\n"));
  CHECK(contains(bits("float_precision = 127\n"), "bits = 8\n"));
  CHECK(contains(bits("float_precision = 1\n"), "bits = 2\n"));
}

TEST_CASE("optimizers are found by PyTorch's names, with PyTorch's defaults") {
  const auto optimizer = [](const std::string& section) {
    return cifar_data + "[OPTIMIZER_PARAMS]\n" + section + "[TRAIN_PARAMS]\nrounds = 3\n" + sharing_of("Sharing");
  };
  const auto adam = converted(optimizer("optimizer_class = Adam\nbetas = (0.8, 0.99)\neps = 1e-7\n"));
  CHECK(contains(adam, "optimizer = \"adam\"\nlearning_rate = 0.001\nepsilon = 1e-07\nbeta1 = 0.8\nbeta2 = 0.99\n"));
  CHECK(contains(converted(optimizer("optimizer_class = AdamW\n")), "weight_decay = 0.01"));
  CHECK(contains(converted(optimizer("optimizer_class = SGD\nlr=0.1\nmomentum=0.9\nnesterov=True\ndampening=0\n")),
                 "learning_rate = 0.1\nmomentum = 0.9\nnesterov = true\n"));
  CHECK(contains(complaint(optimizer("optimizer_class = SGD\ndampening=0.5\n")), "cifar.ini:14: dampening"));
  CHECK(contains(complaint(optimizer("optimizer_class = LBFGS\n")), "LBFGS has no counterpart"));
  CHECK(contains(complaint(optimizer("optimizer_class = adam\n")), "did you mean \"Adam\"?"));
}

TEST_CASE("node types are what the original's driver scripts are for") {
  const auto with = [](const std::string& type, const std::string& node = {}) {
    import_options options;
    options.node_type = type;
    options.working_rate = 0.25;
    return converted(cifar_data + training + sharing_of("PlainAverageSharing") + node, options);
  };
  CHECK(contains(with("PeerSamplerDynamic", "[NODE]\ngraph_degree = 6\n"),
                 "name = \"d-psgd\"\n\n[topology]\nname = \"regular\"\ndegree = 6\ndynamic = true\n"));
  CHECK(contains(with("el-oracle"), "[algorithm]\nname = \"el-oracle\"\n"));
  const auto timeout = with("el-local-timeout", "[NODE]\ngraph_degree = 3\ntimeout = 2\n");
  CHECK(contains(timeout, "name = \"el-local\"\nfanout = 3\ndeadline = 2\n"));
  CHECK_FALSE(contains(timeout, "[topology]"));
  CHECK(contains(with("FederatedParameterServer"), "name = \"fed-avg\"\nparticipation = 0.25\n"));
  CHECK(contains(with("KNN"), "name = \"knn\"\nneighbours = 4\nconstruction_rounds = 60\n"));
  const auto farthest = with("KFNNode");
  CHECK(contains(farthest, "name = \"knn\"\nneighbours = 4\n"));
  CHECK(contains(farthest, "order = \"farthest\""));
  CHECK(contains(farthest, "#   --node-type kfn: the original takes all nodes but the 88"));
  CHECK(contains(complaint(cifar_data + training + sharing_of("Sharing"), {.node_type = "OverlayNode"}),
                 "OverlayNode has no counterpart"));
}

TEST_CASE("with a server nothing is kept of what neighbours would be sent") {
  for (const std::string type : {"fed-avg", "parameter-server", "stc"}) {
    CAPTURE(type);
    import_options options;
    options.node_type = type;
    const auto toml = converted(cifar_data + training + sharing_of("PartialModel", "alpha = 0.1\n"), options);
    CHECK_FALSE(contains(toml, "[sharing"));
    CHECK(contains(toml, "#   [SHARING] PartialModel: \"" + type + "\" decides itself what is sent"));
  }
}

TEST_CASE("the misspelt key of a shipped file is understood") {
  auto data = cifar_data;
  data.replace(data.find("shards = 4"), 10, "shard = 2");
  const auto toml = converted(data + training + sharing_of("PartialModel"));
  CHECK(contains(toml, "partition = \"shards\"\nshards = 2\n"));
  CHECK(contains(toml, "#   [DATASET] shard: taken for shards"));
}

TEST_CASE("sizes become fractions of the partitions that take them") {
  const auto with = [](const std::string& partition, const std::string& sizes) {
    auto data = cifar_data;
    data.replace(data.find("sizes ="), 7, "sizes = " + sizes);
    data.replace(data.find("kshard"), 6, partition);
    return data + training + sharing_of("Sharing");
  };
  const auto toml = converted(with("simple", "[0.5, 0.25, 0.25]"));
  CHECK(contains(toml, "partition = \"contiguous\"\nsizes = [0.5, 0.25, 0.25]\n"));
  CHECK(contains(converted(with("iid", "(0.75, 0.25)")), "partition = \"iid\"\nsizes = [0.75, 0.25]\n"));
  CHECK(contains(converted(with("kshard", "[0.5, 0.5]")), "#   [DATASET] sizes: the partition \"shards\" makes parts"));
  CHECK(contains(complaint(with("iid", "[1.0 / 4 for _ in range(4)]")), "sizes: expected a list of numbers"));
}

TEST_CASE("a validation set is for the evaluations during the run") {
  const auto with = [](const std::string& keys) { return cifar_data + keys + training + sharing_of("Sharing"); };
  const auto toml = converted(with("validation_source = Train\nvalidation_size = 0.1\n"));
  CHECK(contains(toml, "validation = 0.1\nvalidation_source = \"train\"\n"));
  CHECK(contains(toml, "[evaluation]\nset = \"validation\"\nevery = 5\n"));
  CHECK(contains(toml, "#   [DATASET] validation_source: evaluations during the run are on the validation set"));
  CHECK(contains(converted(with("validation_source = Test\nvalidation_size = 0.5\n")), "source = \"test\"\n"));
  CHECK_FALSE(contains(converted(with("validation_source =\nvalidation_size =\n")), "validation"));
  CHECK(contains(converted(with("validation_size = 0.1\n")), "#   [DATASET] validation_size: without"));
  CHECK(contains(complaint(with("validation_source = Both\nvalidation_size = 0.1\n")),
                 "validation_source: expected Train or Test, found Both"));
  CHECK(contains(complaint(with("validation_source = Test\n")), "there is no validation_size"));
}

TEST_CASE("values are read, not evaluated") {
  CHECK(contains(complaint(cifar_data + training + sharing_of("JWINS", "alpha_list = [exec('x')]\n")),
                 "alpha_list: expected a list of numbers such as [0.1, 0.5], found [exec('x')]"));
  CHECK(contains(complaint(cifar_data + training + sharing_of("PartialModel", "alpha = 1/10\n")),
                 "alpha: expected a number, found 1/10"));
  CHECK(contains(complaint(cifar_data + training + sharing_of("PartialModel", "accumulation = maybe\n")),
                 "accumulation: expected True or False, found maybe"));
}

TEST_CASE("what cannot stand in TOML is escaped") {
  import_options options;
  options.name = "a b/\"c";
  options.graph = "C:\\graphs\\\x01.edges";
  const auto toml = converted(cifar_data + training + sharing_of("Sharing", "col\x02our = red\n"), options);
  CHECK(contains(toml, "name = \"a-b--c\""));
  CHECK(contains(toml, "path = \"C:\\\\graphs\\\\\\u0001.edges\""));
}

TEST_CASE("unknown keys are listed") {
  const auto done = import_ini(cifar_data + training + sharing_of("Sharing", "colour = red\n"), "a.ini", {});
  REQUIRE(done);
  CHECK(contains(done->notes.back(), "[SHARING] colour: unknown; it has no effect here"));
}

TEST_CASE("what is no INI file is refused with its line") {
  CHECK(contains(complaint("lr = 1\n"), "cifar.ini:1: lr stands before the first section"));
  CHECK(contains(complaint("[A]\nb\n"), "cifar.ini:2: expected key = value"));
  CHECK(contains(complaint("[A\n"), "cifar.ini:1: expected a section"));
  CHECK(contains(complaint("[A]\n[A]\n"), "cifar.ini:2: the section [A] is there twice"));
  CHECK(contains(complaint("[A]\nb=1\nb=2\n"), "cifar.ini:3: b is there twice in [A]"));
  CHECK(contains(complaint(""), "[DATASET] has no dataset_class"));
}
