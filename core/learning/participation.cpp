#include "core/learning/participation.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "core/random.hpp"

namespace rhizome::learning {

namespace {

/// `count` of the numbers below `bound`, sorted (Floyd's sampling: O(count) whatever the bound).
std::vector<node_id> draw_subset(random_stream random, std::uint32_t bound, std::uint32_t count) {
  std::set<node_id> chosen;
  for (std::uint32_t last = bound - count; last < bound; ++last) {
    const auto drawn = static_cast<node_id>(random.below(std::uint64_t{last} + 1));
    if (!chosen.insert(drawn).second)
      chosen.insert(last);
  }
  return {chosen.begin(), chosen.end()};
}

} // namespace

std::uint32_t participants_of(std::uint32_t workers, double participation) {
  constexpr double rounding = 1e-9; // 0.07 of 100 are 7, though the product is a little more
  const auto count = static_cast<std::uint32_t>(std::ceil(participation * workers - rounding));
  return std::clamp(count, 1U, workers);
}

std::vector<node_id> draw_participants(std::uint64_t seed, round_number round, std::uint32_t workers,
                                       double participation) {
  return draw_subset(random_stream(seed, purpose::algorithm, 0, round), workers,
                     participants_of(workers, participation));
}

std::vector<node_id> draw_peers(std::uint64_t seed, round_number round, node_id node, std::uint32_t nodes,
                                std::uint32_t count) {
  auto peers = draw_subset(random_stream(seed, purpose::algorithm, node, round), nodes - 1, std::min(count, nodes - 1));
  for (auto& peer : peers)
    peer += peer >= node ? 1 : 0; // the numbers skip the node itself
  return peers;
}

std::vector<std::uint32_t> draw_offsets(std::uint64_t seed, std::uint32_t index, std::uint32_t most,
                                        std::uint32_t count) {
  constexpr std::uint32_t nobody = ~std::uint32_t{0}; // a draw that is no node's own
  auto offsets = draw_subset(random_stream(seed, purpose::peer_sampling, nobody, index), most, std::min(count, most));
  for (auto& offset : offsets)
    ++offset;
  return offsets;
}

} // namespace rhizome::learning
