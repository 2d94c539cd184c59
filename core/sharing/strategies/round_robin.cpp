#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/sharing/partial.hpp"

namespace rhizome::sharing {

strategy_kind round_robin() {
  return {{"round-robin",
           "A block of consecutive entries, the next one in each round: places need not be sent.",
           {alpha_key(0.1)}},
          [](const strategy_context& context) -> std::unique_ptr<strategy> {
            return std::make_unique<known_places>(context.codec, [alpha = context.parameters.real("alpha")](
                                                                     node_id, round_number round, std::size_t size) {
              const auto block = static_cast<std::size_t>(std::ceil(alpha * static_cast<double>(size)));
              const auto blocks = (size + block - 1) / block;
              const auto first = round % blocks * block;
              std::vector<std::uint32_t> places(std::min(block, size - first));
              std::iota(places.begin(), places.end(), static_cast<std::uint32_t>(first));
              return places;
            });
          }};
}

} // namespace rhizome::sharing
