#pragma once

#include <cstdint>

#include "core/config/schema.hpp"
#include "core/data/dataset.hpp"
#include "core/result.hpp"

namespace rhizome::data {

/// Loads or generates the data set that the validated section [data] names, and cuts it down to `data.train_samples`
/// and `data.test_samples`; then `data.validation` of either is held out. `nodes` is the number of learning nodes of
/// the experiment (generated data sets have so many samples for each). The same section, nodes and seed give the same
/// bits.
///
/// Errors: bad_data for missing, truncated, corrupt or mismatched files, with how to get them; invalid_input for
/// sizes that the data set cannot satisfy.
[[nodiscard]] result<dataset> load(const config::section& data, std::size_t nodes, std::uint64_t seed);

} // namespace rhizome::data
