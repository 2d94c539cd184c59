#pragma once

#include "core/learning/algorithm.hpp"

/// The functions under core/learning/algorithms/ that define an algorithm, one line each.
#define RHIZOME_ALGORITHMS(ALGORITHM)                                                                                  \
  ALGORITHM(d_psgd)                                                                                                    \
  ALGORITHM(local)                                                                                                     \
  ALGORITHM(all_reduce)                                                                                                \
  ALGORITHM(centralized)                                                                                               \
  ALGORITHM(fed_avg)                                                                                                   \
  ALGORITHM(parameter_server)                                                                                          \
  ALGORITHM(stc)                                                                                                       \
  ALGORITHM(el_oracle)                                                                                                 \
  ALGORITHM(el_local)                                                                                                  \
  ALGORITHM(peer_sampling)                                                                                             \
  ALGORITHM(knn)

namespace rhizome::learning {

#define RHIZOME_DECLARE(name) [[nodiscard]] algorithm name();
RHIZOME_ALGORITHMS(RHIZOME_DECLARE)
#undef RHIZOME_DECLARE

} // namespace rhizome::learning
