#include "core/learning/sampler.hpp"

#include <algorithm>

#include "core/random.hpp"

namespace rhizome::learning {

namespace {

std::vector<std::uint32_t> permutation(std::uint64_t seed, node_id node, std::uint64_t index,
                                       std::span<const std::uint32_t> shard) {
  std::vector<std::uint32_t> order(shard.begin(), shard.end());
  random_stream(seed, purpose::batches, node, static_cast<std::uint32_t>(index)).shuffle(std::span(order));
  return order;
}

} // namespace

std::uint64_t batch_sampler::batches_per_epoch(std::uint64_t n_samples) const {
  return drop_last ? n_samples / batch_size : (n_samples + batch_size - 1) / batch_size;
}

std::vector<std::vector<std::uint32_t>> batch_sampler::batches(node_id node, std::span<const std::uint32_t> shard,
                                                               std::uint64_t first, std::uint32_t count) const {
  const std::uint64_t per_epoch = batches_per_epoch(shard.size());
  std::vector<std::vector<std::uint32_t>> result;
  if (per_epoch == 0)
    return result;
  result.reserve(count);
  std::vector<std::uint32_t> order;
  std::uint64_t current = ~std::uint64_t{0};
  for (std::uint64_t batch = first; batch < first + count; ++batch) {
    // A round longer than the shard goes through it again, each time in a new order.
    std::uint64_t index = batch / per_epoch;
    std::uint64_t within = batch % per_epoch;
    if (how == sampling::fresh_each_round) {
      const std::uint64_t passes_per_round = (batches_per_round + per_epoch - 1) / per_epoch;
      const std::uint64_t in_round = batch % batches_per_round;
      index = batch / batches_per_round * passes_per_round + in_round / per_epoch;
      within = in_round % per_epoch;
    }
    if (index != current) {
      order = permutation(seed, node, index, shard);
      current = index;
    }
    const auto begin = within * batch_size;
    const auto end = std::min<std::uint64_t>(begin + batch_size, order.size());
    result.emplace_back(order.begin() + static_cast<std::ptrdiff_t>(begin),
                        order.begin() + static_cast<std::ptrdiff_t>(end));
  }
  return result;
}

} // namespace rhizome::learning
