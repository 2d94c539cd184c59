#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "core/config/schema.hpp"

namespace rhizome::config {

/// The sections that describe the run as a whole and belong to no other part.
[[nodiscard]] section_schema experiment_schema();
[[nodiscard]] section_schema evaluation_schema();
[[nodiscard]] section_schema runtime_schema();

/// [experiment]
struct experiment_options {
  std::string name; ///< a directory name: letters, digits, '.', '_', '-'
  std::uint64_t seed = 0;
  std::uint32_t nodes = 0;
  std::uint32_t rounds = 0;

  [[nodiscard]] static experiment_options from(const section& s);
};

/// Which test data a node is evaluated on.
enum class evaluation_data {
  global, ///< the whole test set
  local,  ///< the node's own share of it
  both,
  none, ///< no evaluation of single nodes
};

/// [evaluation]
struct evaluation_options {
  std::uint32_t every = 0;         ///< rounds; 0: only at the end
  std::uint32_t nodes = 0;         ///< 0: all
  std::uint64_t samples = 0;       ///< test samples of an evaluation during the run; 0: all
  std::uint64_t final_samples = 0; ///< test samples of the one at the end; 0: all
  bool consensus = false;          ///< evaluate the average model and the distance to it, too
  evaluation_data on = evaluation_data::global;
  bool on_validation = false; ///< before the end, global data are the validation set

  [[nodiscard]] static evaluation_options from(const section& s);
};

/// What a learner does when its own parameters become NaN or infinite.
enum class nonfinite_policy {
  stop,    ///< say so and do nothing more: the run ends with an error
  isolate, ///< say so and go on without a model: neighbours get empty notices and keep the weight themselves
};

/// What happens when a machine of the run is lost, and its nodes with it.
enum class failure_policy {
  abort, ///< the run ends with an error
  go_on, ///< "continue": the other nodes go on, with repaired graphs; nodes of a machine that returns may join again
};

/// [runtime]
struct runtime_options {
  unsigned threads = 1; ///< at least 1: the file's 0 has become the number of cores
  std::uint32_t run_ahead = 0;
  std::chrono::duration<double> stall_timeout{};
  std::chrono::duration<double> grace{};
  nonfinite_policy on_nonfinite = nonfinite_policy::stop;
  failure_policy on_failure = failure_policy::abort;
  std::string log_level; ///< one of spdlog's names

  [[nodiscard]] static runtime_options from(const section& s);
};

} // namespace rhizome::config
