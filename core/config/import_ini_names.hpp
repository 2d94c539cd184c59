#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

// What DecentralizePy's names are called here: the tables that import_ini.cpp works with. A name that changes here
// changes in one place, import_ini_names.cpp.

namespace rhizome::config::ini {

/// How a value of the INI file becomes one of TOML.
enum class value_form { boolean, integer, real, reals, text };

/// A key of a class and the key that takes its place. Of `section.key` the section is the class's own.
struct key_name {
  std::string_view from;
  std::string_view to;
  value_form form = value_form::real;
};

/// A key with its value as TOML.
using setting = std::pair<std::string_view, std::string_view>;

struct model_name {
  std::string_view from;
  std::string_view to;
};

struct dataset_name {
  std::string_view from;
  std::string_view to;
  std::string_view partition;     ///< without partition_niid
  bool train_and_test = false;    ///< train_dir and test_dir lie in one directory, which is data.path
  bool drop_last = false;         ///< whether its loaders leave out incomplete batches
  std::vector<model_name> models; ///< of its module
  bool local_tests = false;       ///< each node is tested on samples of its own
};

struct sharing_name {
  std::string_view from;
  std::string_view section; ///< "sharing", or "algorithm" where the class stands for one
  std::string_view to;
  std::vector<key_name> keys = {};
  std::vector<setting> settings = {}; ///< the class's defaults, where they are not those of `to`, and what it fixes
  bool partial = false;               ///< sends places: has the codec of raw places and values unless it compresses
  bool accumulates = false;           ///< takes accumulation and accumulate_averaging_changes
};

struct optimizer_name {
  std::string_view from;
  std::string_view to;
  std::string_view learning_rate; ///< PyTorch's default
  std::vector<setting> settings = {};
};

struct codec_name {
  std::string_view from;
  std::string_view indices;
  std::string_view values;
  std::string_view precision = {}; ///< the key that float_precision becomes
};

/// A node type of the driver scripts.
struct node_name {
  std::string_view name; ///< for --node-type
  std::vector<std::string_view> classes;
  std::string_view algorithm;
  bool dynamic = false; ///< a fresh regular graph of [NODE] graph_degree neighbours each round
  bool uses_graph = true;
  std::vector<setting> settings = {}; ///< of the algorithm
  std::string_view remark = {};

  [[nodiscard]] bool has_server() const {
    return algorithm == "fed-avg" || algorithm == "stc" || algorithm == "parameter-server";
  }
};

struct loss_name {
  std::string_view from;
  std::string_view to;
};

/// A key without a counterpart, and why. An empty section stands for all.
struct dropped_key {
  std::string_view section;
  std::string_view key;
  std::string_view why;
};

[[nodiscard]] const std::vector<dataset_name>& datasets();
[[nodiscard]] const std::vector<sharing_name>& sharings();
[[nodiscard]] const std::vector<optimizer_name>& optimizers();
[[nodiscard]] const std::vector<key_name>& optimizer_keys();
[[nodiscard]] const std::vector<codec_name>& codecs();
[[nodiscard]] const std::vector<node_name>& node_types();
/// By the name for --node-type or that of a class; null: there is none.
[[nodiscard]] const node_name* find_node_type(std::string_view name);
[[nodiscard]] const std::vector<loss_name>& losses();
[[nodiscard]] const std::vector<model_name>& partitions();
[[nodiscard]] const std::vector<model_name>& graphs();
[[nodiscard]] const std::vector<dropped_key>& dropped_keys();

} // namespace rhizome::config::ini
