#pragma once

#include <cstdint>

#include "core/data/dataset.hpp"

namespace rhizome::data {

/// xxh3 of all samples, their shape and their normalisation: machines with the same checksum train on the same data.
[[nodiscard]] std::uint64_t checksum(const dataset& set);

} // namespace rhizome::data
