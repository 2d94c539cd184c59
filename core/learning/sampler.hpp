#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/types.hpp"

namespace rhizome::learning {

/// How a node goes through its samples (`training.sampling`).
enum class sampling : std::uint8_t {
  epoch,            ///< a permutation of (node, epoch), gone through batch by batch across rounds
  fresh_each_round, ///< a new permutation each round, as DecentralizePy does
};

/// Draws the batches of one node: a pure function of (seed, node, batch number).
struct batch_sampler {
  std::uint64_t seed = 1;
  sampling how = sampling::epoch;
  std::uint32_t batch_size = 8;
  bool drop_last = true;               ///< leave out the incomplete batch at an epoch's end
  std::uint32_t batches_per_round = 1; ///< for fresh_each_round: when a new permutation begins

  /// Batches of one pass over `n_samples` samples: at least 1 where n_samples > 0 and drop_last is off.
  [[nodiscard]] std::uint64_t batches_per_epoch(std::uint64_t n_samples) const;

  /// The sample indices of the batches [first, first + count) of a node whose shard is `shard`, one inner vector each.
  [[nodiscard]] std::vector<std::vector<std::uint32_t>> batches(node_id node, std::span<const std::uint32_t> shard,
                                                                std::uint64_t first, std::uint32_t count) const;
};

} // namespace rhizome::learning
