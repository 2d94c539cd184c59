#pragma once

#include "core/sharing/compressor.hpp"

namespace rhizome::sharing {

/// Sparse ternary compression (Sattler et al., "Robust and communication-efficient federated learning from non-iid
/// data", 2019, algorithm 1): the round(alpha d) entries of greatest magnitude become their sign times mu, the mean of
/// those magnitudes. On the wire: mu and a bit for each sign, then the places by the index codec of that name.
[[nodiscard]] compressor_ptr ternary_compressor(std::string_view indices, double alpha);

} // namespace rhizome::sharing
