#pragma once

#include "core/config/schema.hpp"

namespace rhizome::data {

/// The schema of [data]: what is common to all data sets, the partition's keys, and each data set's own.
[[nodiscard]] config::section_schema schema();

} // namespace rhizome::data
