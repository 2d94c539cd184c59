#pragma once

#include <memory>
#include <vector>

#include "actors/run_spec.hpp"
#include "core/config/schema.hpp"
#include "core/data/dataset.hpp"
#include "core/results/records.hpp"

namespace rhizome::cli {

/// A run that is ready to start, but for its recorder.
struct prepared_run {
  actors::run_spec spec;
  data::dataset_ptr data;
  std::vector<results::histogram_record> histograms; ///< label counts of each node; empty for regression
  std::vector<results::event_record> notes;          ///< worth telling: samples left over, ...
};

/// Builds everything that the configuration names: data set, partition, model, graph, algorithm. Errors are the
/// user's: bad data, or combinations that only the data show to be impossible.
[[nodiscard]] result<prepared_run> prepare_run(const config::document& doc);

} // namespace rhizome::cli
