#include "core/config/import_ini_names.hpp"

#include <algorithm>

namespace rhizome::config::ini {

const std::vector<dataset_name>& datasets() {
  static const std::vector<dataset_name> all{
      {"CIFAR10", "cifar-10", "contiguous", false, false, {{"CNN", "cnn"}, {"LeNet", "lenet"}, {"ResNet8", "resnet8"}}},
      {"Femnist",
       "femnist",
       "natural",
       true,
       true,
       {{"LogisticRegression", "logistic-regression"}, {"CNN", "femnist-cnn"}, {"RNET", "femnist-resnet"}}},
      {"Celeba", "celeba", "natural", true, false, {{"CNN", "celeba-cnn"}}},
      {"Shakespeare", "shakespeare", "natural", true, false, {{"LSTM", "shakespeare-lstm"}}},
      {"Reddit", "reddit", "natural", true, false, {{"RNN", "reddit-lstm"}}},
      {"MovieLens",
       "movielens",
       "natural-contiguous",
       false,
       false,
       {{"MatrixFactorization", "matrix-factorization"}},
       true},
  };
  return all;
}

const std::vector<sharing_name>& sharings() {
  using enum value_form;
  static const key_name alpha{"alpha", "alpha"}, cap{"metadata_cap", "metadata_cap"},
      wavelet{"wavelet", "wavelet", text}, level{"level", "levels", integer};
  static const setting haar{"wavelet", "\"haar\""}, levels{"levels", "4"}, whole{"alpha", "1.0"};
  static const std::vector<sharing_name> all{
      {"Sharing", "sharing", "full"},
      {"PlainAverageSharing", "sharing", "full"},
      {"SharingCentrality", "sharing", "full"},
      {"PartialModel", "sharing", "top-k", {alpha, cap}, {{"alpha", "1.0"}}, true, true},
      {"SubSampling", "sharing", "random", {alpha, cap, {"layerwise", "per_layer", boolean}}, {{"alpha", "1.0"}}},
      {"Choco", "sharing", "choco", {alpha, {"step_size", "step_size"}}, {{"compressor", "\"top-k\""}}, true},
      {"Wavelet", "sharing", "wavelet", {alpha, wavelet, level, cap}, {{"alpha", "1.0"}, haar, levels}, true, true},
      {"JWINS",
       "sharing",
       "jwins",
       {{"alpha_list", "alphas", reals}, wavelet, level, cap},
       {{"alphas", "[0.1, 0.2, 0.3, 0.4, 1.0]"}, haar, levels, {"metadata_cap", "1.0"}},
       true,
       true},
      {"FFT", "sharing", "fft", {alpha, cap}, {{"alpha", "1.0"}}, true, true},
      {"STC", "algorithm", "stc", {alpha}, {{"ternary", "false"}, whole}, true},
      {"Synchronous", "algorithm", "parameter-server"},
      {"RandomAlpha",
       "sharing",
       "random-alpha",
       {{"alpha_list", "alphas", reals}, cap},
       {{"alphas", "[0.1, 0.2, 0.3, 0.4, 1.0]"}},
       true,
       true},
      {"RandomAlphaWavelet",
       "sharing",
       "jwins",
       {{"alpha_list", "alphas", reals}, wavelet, level, cap},
       {{"alphas", "[0.1, 0.2, 0.3, 0.4, 1.0]"}, haar, levels, {"metadata_cap", "1.0"}},
       true,
       true},
      {"GrowingAlpha",
       "sharing",
       "growing-alpha",
       {{"init_alpha", "first_alpha"}, {"max_alpha", "last_alpha"}, cap}, // and k
       {{"last_alpha", "1.0"}, {"growth_rounds", "100"}},
       true,
       true},
      {"ManualAdapt",
       "sharing",
       "scheduled-alpha",
       {cap}, // and change_alpha, change_rounds
       {},
       true,
       true},
      {"RoundRobinPartial", "sharing", "round-robin", {alpha}, {whole}},
      {"LowerBoundTopK",
       "sharing",
       "lower-bound-top-k",
       {alpha, cap, {"lower_bound", "lower_bound"}},
       {whole},
       true,
       true},
      {"TopKPlusRandom", "sharing", "top-k-plus-random", {alpha, cap}, {whole}, true, true},
      {"TopKParams",
       "sharing",
       "top-k",
       {alpha, cap},
       {{"per_layer", "true"}, {"selection", "\"magnitude\""}, whole},
       true},
      {"TopKNormalized", "sharing", "top-k", {alpha, cap}, {{"selection", "\"relative-change\""}, whole}, true, true},
  };
  return all;
}

const std::vector<optimizer_name>& optimizers() {
  static const std::vector<optimizer_name> all{
      {"SGD", "sgd", "0.001"},
      {"Adam", "adam", "0.001"},
      {"AdamW", "adamw", "0.001", {{"weight_decay", "0.01"}}},
      {"RMSprop", "rmsprop", "0.01"},
      {"Adagrad", "adagrad", "0.01"},
      {"Adadelta", "adadelta", "1.0"},
  };
  return all;
}

const std::vector<key_name>& optimizer_keys() {
  using enum value_form;
  static const std::vector<key_name> all{
      {"lr", "learning_rate"},
      {"momentum", "momentum"},
      {"nesterov", "nesterov", boolean},
      {"weight_decay", "weight_decay"},
      {"eps", "epsilon"},
      {"alpha", "alpha"},
      {"centered", "centered", boolean},
      {"rho", "rho"},
      {"lr_decay", "learning_rate_decay"},
      {"initial_accumulator_value", "initial_accumulator"},
  };
  return all;
}

const std::vector<codec_name>& codecs() {
  static const std::vector<codec_name> all{
      {"Compression", "raw", "raw"},
      {"Elias", "elias-gamma", "raw"},
      {"EliasFpzip", "elias-gamma", "fpzip"},
      {"EliasFpzipLossy", "elias-gamma", "fpzip-lossy", "precision"},
      {"Lz4Wrapper", "delta", "raw"},
      {"Quantization", "raw", "packed", "bits"},
      {"EliasQuantization", "elias-gamma", "packed", "bits"},
  };
  return all;
}

const std::vector<node_name>& node_types() {
  static const std::vector<node_name> all{
      {"d-psgd", {"DPSGDNode", "DPSGDWithPeerSampler", "PeerSampler"}, "d-psgd"},
      {"d-psgd-dynamic", {"PeerSamplerDynamic"}, "d-psgd", true},
      {"el-oracle", {"EL_Oracle_Client", "EL_Oracle_TopologyBuilder"}, "el-oracle", true},
      {"el-local", {"EL_Local"}, "el-local", false, false},
      {"el-local-timeout", {"EL_Local_Timeout"}, "el-local", false, false},
      {"knn",
       {"KNN"},
       "knn",
       false,
       false,
       {{"neighbours", "4"}, {"construction_rounds", "60"}, {"discoveries", "4"}, {"order", "\"farthest\""}},
       "against its name the original keeps the neighbours whose labels are least alike: algorithm.order"},
      {"kfn",
       {"KFNNode"},
       "knn",
       false,
       false,
       {{"neighbours", "4"}, {"construction_rounds", "60"}, {"discoveries", "4"}, {"order", "\"farthest\""}},
       "the original takes all nodes but the 88 that it has found, and a ring; here each takes the 4 least alike"},
      {"fed-avg", {"FederatedParameterServer", "DPSGDNodeFederated"}, "fed-avg", false, false},
      {"stc", {"STCServer", "STCClient"}, "stc", false, false},
      {"parameter-server", {"ParameterServer", "DPSGDNodeWithParameterServer"}, "parameter-server", false, false},
  };
  return all;
}

const node_name* find_node_type(std::string_view name) {
  const auto& all = node_types();
  const auto found = std::ranges::find_if(all, [&](const node_name& type) {
    return type.name == name || std::ranges::find(type.classes, name) != type.classes.end();
  });
  return found == all.end() ? nullptr : &*found;
}

const std::vector<loss_name>& losses() {
  static const std::vector<loss_name> all{
      {"CrossEntropyLoss", "cross-entropy"},
      {"cross_entropy", "cross-entropy"},
      {"NLLLoss", "cross-entropy"},
      {"nll_loss", "cross-entropy"},
      {"MSELoss", "mse"},
      {"mse_loss", "mse"},
  };
  return all;
}

const std::vector<model_name>& partitions() {
  static const std::vector<model_name> all{
      {"iid", "iid"},     {"simple", "contiguous"}, {"kshard", "shards"}, {"dirichlet", "dirichlet"},
      {"True", "shards"}, {"False", "iid"},
  };
  return all;
}

const std::vector<model_name>& graphs() {
  static const std::vector<model_name> all{
      {"Ring", "ring"},
      {"FullyConnected", "complete"},
      {"Regular", "regular"},
      {"Star", "star"},
      {"SmallWorld", "watts-strogatz"},
      {"ring", "ring"},
      {"complete", "complete"},
      {"regular", "regular"},
      {"star", "star"},
      {"watts-strogatz", "watts-strogatz"},
  };
  return all;
}

const std::vector<dropped_key>& dropped_keys() {
  static const std::vector<dropped_key> all{
      {"COMMUNICATION", "", "one program runs all nodes; the machines of a run are in [cluster]"},
      {"DATASET", "dataset_package", "the class tells"},
      {"DATASET", "only_local", "nodes are numbered over all machines"},
      {"DATASET", "test_batch_size", "the batch of an evaluation changes no result"},
      {"DATASET", "tokenizer", "data sets bring their own vocabulary"},
      {"OPTIMIZER_PARAMS", "optimizer_package", "the class tells"},
      {"OPTIMIZER_PARAMS", "foreach", "it changes no result"},
      {"TRAIN_PARAMS", "training_package", "there is one way to train"},
      {"TRAIN_PARAMS", "loss_package", "the loss tells"},
      {"SHARING", "sharing_package", "the class tells"},
      {"SHARING", "compression_package", "the class tells"},
      {"SHARING", "dict_ordered", "a model's vector has one order"},
      {"SHARING", "save_shared", "what is sent is not written to files"},
      {"SHARING", "save_accumulated", "what is remembered is not written to files"},
      {"SHARING", "pickle", "nothing is pickled"},
      {"SHARING", "metadata_compression", "see sharing.codec.indices"},
      {"SHARING", "metro_hastings",
       "weights are those of topology.weights; False, the mean of each entry over those who sent it, has no "
       "counterpart"},
  };
  return all;
}

} // namespace rhizome::config::ini
