#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/schema.hpp"
#include "core/data/dataset.hpp"
#include "core/result.hpp"

namespace rhizome::data {

/// What a loader is asked for.
struct load_request {
  const config::section& keys; ///< [data]
  std::filesystem::path path;  ///< directory (or file); empty for a data set that is generated
  std::size_t nodes = 1;       ///< generated data sets grow with them
  std::uint64_t seed = 1;
};

/// Reads or generates all samples and sets shape, classes and normalisation.
using loader = result<dataset> (*)(const load_request&);

/// Combinations of the data set's own keys that cannot work.
using key_check = std::vector<config::problem> (*)(const config::section& data);

/// A kind of data set: a choice of `data.dataset`. One file under core/data/sources/ defines it, one line in
/// registry.cpp registers it.
struct source {
  config::variant variant;
  loader load = nullptr;
  key_check check = nullptr;        ///< null: there is nothing to check
  task kind = task::classification; ///< unless the variant has a key "task" that says so
  bool generated = false;           ///< needs no files: `data.path` has no meaning
  bool has_users = false;           ///< says whose each sample is, as the natural partition needs
  std::string default_path = {};    ///< where the files are if `data.path` is empty; empty: it has to be given
  std::string how_to_get = {};      ///< a sentence that follows any error about its files
};

/// All data sets, in the order in which they are listed.
[[nodiscard]] const std::vector<source>& all_sources();

/// The named one; null if there is none.
[[nodiscard]] const source* find_source(std::string_view name);

/// What the targets of the section's data set are.
[[nodiscard]] task kind_of(const source& which, const config::section& data);

} // namespace rhizome::data
