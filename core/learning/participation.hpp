#pragma once

#include <cstdint>
#include <vector>

#include "core/types.hpp"

namespace rhizome::learning {

/// How many of `workers` take part in a round: the share rounded up, at least one. `participation` is in (0, 1].
[[nodiscard]] std::uint32_t participants_of(std::uint32_t workers, double participation);

/// The workers (ids below `workers`) that take part in a round, sorted: participants_of() of them, each set of that
/// size equally likely. A pure function of its arguments, so that every node knows who takes part without being told.
[[nodiscard]] std::vector<node_id> draw_participants(std::uint64_t seed, round_number round, std::uint32_t workers,
                                                     double participation);

/// `count` of the other nodes (ids below `nodes`, at most nodes - 1), sorted: whom `node` sends to in a round. A pure
/// function of its arguments.
[[nodiscard]] std::vector<node_id> draw_peers(std::uint64_t seed, round_number round, node_id node, std::uint32_t nodes,
                                              std::uint32_t count);

/// `count` of the numbers from 1 to `most` (at most so many), sorted; another draw for each index. In a ring of ids
/// each node writes to those so far behind it, and so knows who writes to it, without asking anybody.
[[nodiscard]] std::vector<std::uint32_t> draw_offsets(std::uint64_t seed, std::uint32_t index, std::uint32_t most,
                                                      std::uint32_t count);

} // namespace rhizome::learning
