#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/results/records.hpp"

namespace rhizome::results {

/// What is known of a run when it starts, and how it ended.
struct run_metadata {
  std::string name;   ///< experiment.name
  std::string hash;   ///< of the configuration, as in the directory's name
  std::string config; ///< the resolved TOML text
  std::uint64_t seed = 0;
  std::string versions;           ///< of Rhizome and its libraries
  std::string machine;            ///< processor, cores, memory, host name
  std::string status = "running"; ///< "running", "done", "failed" or "interrupted"; a killed run stays "running"
  std::string started = {};       ///< UTC, ISO 8601, such as "2024-05-31T14:03:12Z"; empty: create() fills in now
  std::string finished = {};      ///< the same; empty: not yet
};

/// The results of one run: the file results.sqlite in its directory, made for pandas and SQL as much as for Rhizome.
///
///   runs        one row: id (the directory's name), metadata, and the fields of `summary`
///   rounds      the fields of `round_record`, key round
///   nodes       the fields of `node_record`, key (round, node)
///   events      the fields of `event_record`, in the order in which they were appended
///   histograms  node, class, count
///
/// What was not measured (NaN) is NULL. When a writing function has returned without an error, what it wrote survives
/// kill -9: SQLite's write-ahead log with synchronous = NORMAL (a power cut may cost the last rounds, never the file).
/// Where there is no write-ahead log, as on network file systems, the store uses journal_mode = DELETE exclusively:
/// then others can read it only after the run. One thread owns a store. Nothing here throws: a full disk or an I/O
/// error comes back as a sentence, and of the failed call nothing is written.
class store {
public:
  /// Creates the store in an existing directory, with the status "running", and takes the directory's lock. An error if
  /// the directory has a store already. `vfs`: SQLite's file layer, empty for the default one.
  static result<store> create(const std::filesystem::path& directory, const run_metadata& run,
                              const std::string& vfs = {});

  /// Opens the store of a run for reading, whether the run has ended, goes on or was killed.
  static result<store> open(const std::filesystem::path& directory, const std::string& vfs = {});

  store(store&&) noexcept;
  store& operator=(store&&) noexcept;
  ~store();

  /// One transaction. A later record of the same round (or round and node) replaces the earlier one.
  result<void> append(std::span<const round_record> rounds, std::span<const node_record> nodes,
                      std::span<const event_record> events);

  /// One transaction. A later record of a node replaces the earlier one.
  result<void> append_histograms(std::span<const histogram_record> histograms);

  /// Writes how the run ended: `run.status`, which is "done", "failed" or "interrupted", its numbers, and the time.
  result<void> finish(const summary& run);

  [[nodiscard]] const std::filesystem::path& directory() const;
  [[nodiscard]] result<run_metadata> run() const;
  /// The numbers of finish(); of a run that has not ended they are 0 or NaN.
  [[nodiscard]] result<summary> read_summary() const;
  [[nodiscard]] result<std::vector<round_record>> rounds() const;         ///< in order of rounds
  [[nodiscard]] result<std::vector<node_record>> nodes() const;           ///< in order of rounds, then nodes
  [[nodiscard]] result<std::vector<event_record>> events() const;         ///< in order of appending
  [[nodiscard]] result<std::vector<histogram_record>> histograms() const; ///< in order of nodes
  /// "wal" or "delete".
  [[nodiscard]] const std::string& journal_mode() const;

private:
  struct impl;
  explicit store(std::unique_ptr<impl> state);
  std::unique_ptr<impl> state_;
};

} // namespace rhizome::results
