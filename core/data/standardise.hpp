#pragma once

#include "core/data/dataset.hpp"

namespace rhizome::data {

/// Sets mean and deviation to those of the training samples, one per channel (shape[0]); a channel that never changes
/// keeps deviation 1. Needs at least one training sample.
void standardise(dataset& set);

} // namespace rhizome::data
