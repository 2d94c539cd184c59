#include "core/config/import_ini.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/ranges.h>

#include "core/config/describe.hpp"
#include "core/config/import_ini_alphas.hpp"
#include "core/config/import_ini_conversion.hpp"
#include "core/config/import_ini_names.hpp"
#include "core/config/import_ini_values.hpp"
#include "core/config/ini_text.hpp"

namespace rhizome::config {

namespace {

using namespace ini;

/// A name that an experiment may have.
std::string experiment_name(std::string_view wanted) {
  std::string name;
  for (const char c : wanted) {
    const bool fits =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    name += fits ? c : '-';
  }
  return name.empty() || name.front() == '.' ? "imported" + name : name;
}

/// Works through one file. A step that meets an error keeps the first one, and what follows no longer matters.
class importer : private conversion {
public:
  importer(std::vector<ini_section> sections, std::string_view source, const import_options& options)
      : conversion(std::move(sections), source), options_(options) {}

  result<imported> run();

private:
  void take_experiment();
  void take_data();
  void take_partition(const dataset_name& which);
  void take_sizes(std::string_view partition);
  void take_validation();
  void take_paths(const dataset_name& which);
  void take_training();
  void take_loss();
  void take_optimizer();
  void take_algorithm();
  void take_topology(const node_name& type);
  void take_sharing();
  void take_class(const sharing_name& which);
  void take_codec(const sharing_name& which);
  /// `steps_or_bits` is what float_precision is by default.
  void take_precision(const codec_name& which, std::int64_t steps_or_bits);

  const import_options& options_;
};

void importer::take_experiment() {
  set("experiment", "name", as_text(experiment_name(options_.name)));
  set("experiment", "seed", "97"); // the original's, where the file has none
  take("DATASET", {"random_seed", "seed", value_form::integer}, "experiment");
  set("experiment", "nodes", fmt::format("{}", options_.nodes));
  set("experiment", "rounds", fmt::format("{}", options_.rounds));
}

void importer::take_data() {
  const auto* which = find_name(datasets(), text("DATASET", "dataset_class"));
  if (which == nullptr) {
    no_counterpart("DATASET", "dataset_class", datasets());
    return;
  }
  set("data", "dataset", as_text(which->to));
  take_paths(*which);
  take_partition(*which);
  take_validation();
  const auto* model = find_name(which->models, text("DATASET", "model_class"));
  if (model == nullptr) {
    no_counterpart("DATASET", "model_class", which->models);
    return;
  }
  set("model", "name", as_text(model->to));
  set("training", "drop_last", which->drop_last ? "true" : "false");
  if (which->local_tests)
    set("evaluation", "on", "\"local\"");
}

void importer::take_paths(const dataset_name& which) {
  const std::filesystem::path train = text("DATASET", "train_dir"), test = text("DATASET", "test_dir");
  if (!train.empty()) {
    // "data/train/" is the directory data/train/ itself
    const auto directory = [](const std::filesystem::path& p) { return p.has_filename() ? p : p.parent_path(); };
    const auto parent = directory(train).parent_path();
    set("data", "path", as_text(which.train_and_test ? parent.string() : directory(train).string()));
    const bool apart = directory(train).filename() != "train" || directory(test).filename() != "test" ||
                       directory(test).parent_path() != parent;
    if (which.train_and_test && apart)
      note(fmt::format("[DATASET] train_dir, test_dir: the files are expected in train/ and test/ of data.path = {}",
                       as_text(parent.string())));
  }
  if (which.from == "Celeba")
    take("DATASET", {"images_dir", "images", value_form::text}, "data");
}

void importer::take_partition(const dataset_name& which) {
  auto chosen = which.partition;
  if (const auto* entry = look("DATASET", "partition_niid")) {
    const auto* partition = find_name(partitions(), entry->value);
    if (partition == nullptr) {
      no_counterpart("DATASET", "partition_niid", partitions());
      return;
    }
    if (which.partition.starts_with("natural"))
      note(fmt::format("[DATASET] partition_niid: {} is spread by its users", which.from));
    else
      chosen = partition->to;
  }
  set("data", "partition", as_text(chosen));
  if (chosen == "shards") {
    set("data", "shards", "1");
    if (take("DATASET", {"shard", "shards", value_form::integer}, "data"))
      note("[DATASET] shard: taken for shards");
    take("DATASET", {"shards", "shards", value_form::integer}, "data");
  }
  if (chosen == "dirichlet") {
    set("data", "alpha", "100");
    take("DATASET", {"alpha", "alpha"}, "data");
  }
  take_sizes(chosen);
  for (const auto* key : {"shard", "shards", "alpha"})
    if (!was_asked_for("DATASET", key) && look("DATASET", key) != nullptr)
      note(fmt::format("[DATASET] {}: this partition does not use it", key));
}

/// A list of fractions; none means equal parts, in the original too.
void importer::take_sizes(std::string_view partition) {
  if (text("DATASET", "sizes").empty())
    return;
  if (partition == "iid" || partition == "contiguous")
    take("DATASET", {"sizes", "sizes", value_form::reals}, "data");
  else
    note(fmt::format("[DATASET] sizes: the partition \"{}\" makes parts of its own", partition));
}

void importer::take_validation() {
  const auto source = text("DATASET", "validation_source");
  const auto size = text("DATASET", "validation_size");
  if (source.empty()) {
    if (!size.empty())
      note("[DATASET] validation_size: without validation_source there is no validation set");
    return;
  }
  if (source != "Train" && source != "Test")
    wrong(look("DATASET", "validation_source"),
          fmt::format("validation_source: expected Train or Test, found {}", one_line(source)));
  if (!take("DATASET", {"validation_size", "validation"}, "data"))
    wrong(look("DATASET", "validation_source"), "validation_source: there is no validation_size, the fraction");
  set("data", "validation_source", source == "Train" ? "\"train\"" : "\"test\"");
  set("evaluation", "set", "\"validation\"");
  note("[DATASET] validation_source: evaluations during the run are on the validation set, the one at the end on the "
       "test set; the original evaluates on both each time");
}

void importer::take_training() {
  const bool epochs = boolean("TRAIN_PARAMS", "full_epochs", false);
  set("training", epochs ? "local_epochs" : "local_steps", "1");
  take("TRAIN_PARAMS", {"rounds", epochs ? "local_epochs" : "local_steps", value_form::integer}, "training");
  set("training", "batch_size", "1");
  take("TRAIN_PARAMS", {"batch_size", "batch_size", value_form::integer}, "training");
  set("training", "sampling", "\"fresh_each_round\"");
  if (!boolean("TRAIN_PARAMS", "shuffle", false) && !epochs)
    note("[TRAIN_PARAMS] shuffle: without it the original trains on the same first batches in every round; here each "
         "round draws new ones");
  if (const auto trainer = text("TRAIN_PARAMS", "training_class", "Training"); trainer != "Training")
    note(
        fmt::format("[TRAIN_PARAMS] training_class: {} becomes Training: the loss is training.loss, or the data set's, "
                    "where LLMTraining takes the one that its network computes",
                    one_line(trainer)));
  take_loss();
  take_optimizer();
  set("training", "reset_optimizer", options_.reset_optimizer ? "true" : "false");
}

void importer::take_loss() {
  for (const auto* key : {"loss_class", "loss"})
    if (look("TRAIN_PARAMS", key) != nullptr) {
      if (const auto* loss = find_name(losses(), text("TRAIN_PARAMS", key)))
        set("training", "loss", as_text(loss->to));
      else
        no_counterpart("TRAIN_PARAMS", key, losses());
    }
}

void importer::take_optimizer() {
  const auto* which = find_name(optimizers(), text("OPTIMIZER_PARAMS", "optimizer_class"));
  if (which == nullptr) {
    no_counterpart("OPTIMIZER_PARAMS", "optimizer_class", optimizers());
    return;
  }
  set("training", "optimizer", as_text(which->to));
  set("training", "learning_rate", std::string(which->learning_rate));
  for (const auto& [key, value] : which->settings)
    set("training", key, std::string(value));
  for (const auto& key : optimizer_keys())
    take("OPTIMIZER_PARAMS", key, "training");
  if (const auto* betas = look("OPTIMIZER_PARAMS", "betas")) {
    const auto both = to_reals(betas->value);
    if (!both || both->size() != 2)
      wrong(betas, "betas: expected two numbers such as (0.9, 0.999), found " + one_line(betas->value));
    else
      for (std::size_t i = 0; i < 2; ++i)
        set("training", i == 0 ? "beta1" : "beta2", (*both)[i]);
  }
  for (const auto* key : {"dampening", "amsgrad", "maximize"})
    if (const auto* entry = look("OPTIMIZER_PARAMS", key))
      if (to_number<double>(entry->value) != 0.0 && to_boolean(entry->value) != false)
        wrong(entry, fmt::format("{}: only an optimizer without it has a counterpart", key));
}

void importer::take_algorithm() {
  const auto* type = find_node_type(options_.node_type);
  if (type == nullptr) {
    wrong(nullptr, fmt::format("--node-type: {} has no counterpart; expected one of {}", options_.node_type,
                               fmt::join(import_node_types(), ", ")));
    return;
  }
  set("algorithm", "name", as_text(type->algorithm));
  for (const auto& [key, value] : type->settings)
    set("algorithm", key, std::string(value));
  if (!type->remark.empty())
    note(fmt::format("--node-type {}: {}", type->name, type->remark));
  if (type->has_server())
    set("algorithm", "participation", fmt::format("{}", options_.working_rate));
  if (type->algorithm == "el-local") {
    set("algorithm", "fanout", "2");
    take("NODE", {"graph_degree", "fanout", value_form::integer}, "algorithm");
  }
  if (type->name == "el-local-timeout") {
    set("algorithm", "deadline", "1");
    take("NODE", {"timeout", "deadline"}, "algorithm");
  }
  if (type->uses_graph)
    take_topology(*type);
}

void importer::take_topology(const node_name& type) {
  const auto* generator = find_name(graphs(), options_.graph);
  if (!type.dynamic && !options_.graph.empty() && generator == nullptr) {
    set("topology", "name", "\"file\"");
    set("topology", "path", as_text(options_.graph));
    set("topology", "format", as_text(options_.graph_format));
    return;
  }
  const auto name = type.dynamic || generator == nullptr ? std::string_view("regular") : generator->to;
  set("topology", "name", as_text(name));
  if (name == "regular") {
    set("topology", "degree", options_.degree == 0 ? "4" : fmt::format("{}", options_.degree));
    if (options_.degree == 0 && !take("NODE", {"graph_degree", "degree", value_form::integer}, "topology"))
      note("--graph, --degree: the original takes its graph as an argument; a regular one of degree 4 stands here");
  }
  if (type.dynamic)
    set("topology", "dynamic", "true");
}

void importer::take_sharing() {
  auto name = text("SHARING", "sharing_class");
  // the class of this module has another one's name
  if (name == "RandomAlpha" && text("SHARING", "sharing_package").ends_with(".RandomAlphaWavelet"))
    name = "RandomAlphaWavelet";
  const auto* which = find_name(sharings(), name);
  if (which == nullptr) {
    no_counterpart("SHARING", "sharing_class", sharings());
    return;
  }
  take_class(*which);
  take_codec(*which);
  const auto* type = find_node_type(options_.node_type);
  if (type == nullptr || !type->has_server() || which->section == "algorithm")
    return;
  if (which->to != "full")
    note(fmt::format("[SHARING] {}: \"{}\" decides itself what is sent", which->from, type->algorithm));
  leave_out("sharing");
  leave_out("sharing.codec");
}

void importer::take_class(const sharing_name& which) {
  const auto* type = find_node_type(options_.node_type);
  if (which.section == "algorithm") {
    set("algorithm", "name", as_text(which.to));
    set("algorithm", "participation", fmt::format("{}", options_.working_rate));
    leave_out("topology");
  } else {
    set(which.section, "name", as_text(which.to));
  }
  if (which.to == "parameter-server" || (type != nullptr && type->algorithm == "parameter-server"))
    note("algorithm.name: the original averages models after their local steps, which is \"fed-avg\"; this algorithm "
         "averages gradients at one model, which is the same for one step of plain SGD a round");
  for (const auto& [key, value] : which.settings)
    set(which.section, key, std::string(value));
  for (const auto& key : which.keys)
    take("SHARING", key, which.section);
  if (which.from == "PlainAverageSharing" && type != nullptr && type->uses_graph)
    set("topology", "weights", "\"uniform\"");
  if (which.from == "SharingCentrality" && type != nullptr && type->uses_graph)
    set("topology", "weights", "\"centrality\"");
  if (which.accumulates) {
    const bool accumulates = boolean("SHARING", "accumulation", false);
    const bool whole = boolean("SHARING", "accumulate_averaging_changes", false);
    set("sharing", "accumulation", !accumulates ? "\"none\"" : whole ? "\"whole\"" : "\"plain\"");
  }
  if (look("SHARING", "change_based_selection") != nullptr)
    set("sharing", "selection", boolean("SHARING", "change_based_selection", true) ? "\"change\"" : "\"magnitude\"");
  if (which.from == "GrowingAlpha")
    take_growing_alpha(*this);
  if (which.from == "ManualAdapt")
    take_schedule(*this);
}

void importer::take_codec(const sharing_name& which) {
  const bool stc = which.to == "stc";
  const bool compresses = boolean("SHARING", "compress", stc);
  const auto name = text("SHARING", "compression_class", stc ? "EliasFpzipLossy" : "Compression");
  const auto* codec = find_name(codecs(), compresses ? std::string_view(name) : "Compression");
  if (codec == nullptr) {
    no_counterpart("SHARING", "compression_class", codecs());
    return;
  }
  look("SHARING", "float_precision");
  if (codec->from == "Compression" && !which.partial)
    return; // the whole vector as it is
  set("sharing.codec", "indices", as_text(codec->indices));
  set("sharing.codec", "values", as_text(codec->values));
  if (codec->from == "Lz4Wrapper") {
    if (boolean("SHARING", "compress_data", false))
      set("sharing.codec", "values", "\"lz4\"");
    if (!boolean("SHARING", "compress_metadata", true))
      set("sharing.codec", "indices", "\"raw\"");
  }
  take_precision(*codec, codec->precision == "bits" ? 32767 : stc ? 8 : 16);
}

void importer::take_precision(const codec_name& which, std::int64_t steps_or_bits) {
  if (which.precision.empty())
    return;
  const auto* entry = look("SHARING", "float_precision");
  const bool packed = which.precision == "bits";
  const auto given =
      entry == nullptr || entry->value == "None" ? std::optional(steps_or_bits) : to_number<std::int64_t>(entry->value);
  if (!given || *given < 1) {
    wrong(entry, "float_precision: expected an integer of at least 1, found " + one_line(entry->value));
    return;
  }
  auto bits = *given;
  if (packed) // k steps on each side of 0 and a sign
    for (bits = 1; bits < 16 && (std::int64_t{1} << (bits - 1)) < *given; ++bits) {
    }
  set("sharing.codec", which.precision, fmt::format("{}", packed ? std::max<std::int64_t>(bits, 2) : bits));
}

result<imported> importer::run() {
  take_experiment();
  take_data();
  take_training();
  take_algorithm();
  take_sharing();
  set("evaluation", "every", fmt::format("{}", options_.test_after));
  set("evaluation", "nodes", "0"); // all of them, on all samples
  set("evaluation", "samples", "0");
  if (first_error())
    return tl::unexpected<error>(*first_error());
  note_what_is_left();
  return imported{print(), notes()};
}

} // namespace

std::vector<std::string> import_node_types() {
  std::vector<std::string> names;
  for (const auto& type : node_types())
    names.emplace_back(type.name);
  return names;
}

result<imported> import_ini(std::string_view text, std::string_view source, const import_options& options) {
  auto sections = read_ini(text, source);
  if (!sections)
    return fail(sections);
  return importer(std::move(*sections), source, options).run();
}

} // namespace rhizome::config
