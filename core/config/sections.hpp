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

  [[nodiscard]] static evaluation_options from(const section& s);
};

/// What happens when a node's parameters become NaN or infinite.
enum class nonfinite_policy {
  stop,    ///< the run ends with an error
  isolate, ///< the node is recorded and takes no further part
};

/// [runtime]
struct runtime_options {
  unsigned threads = 1; ///< at least 1: the file's 0 has become the number of cores
  std::uint32_t run_ahead = 0;
  std::chrono::duration<double> stall_timeout{};
  std::chrono::duration<double> grace{};
  nonfinite_policy on_nonfinite = nonfinite_policy::stop;
  std::string log_level; ///< one of spdlog's names

  [[nodiscard]] static runtime_options from(const section& s);
};

} // namespace rhizome::config
