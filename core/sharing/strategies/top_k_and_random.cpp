// top-k with some places by chance, so that none is left out for ever.
#include <utility>

#include "core/sharing/strategies/top_k.hpp"

namespace rhizome::sharing {

strategy_kind top_k_plus_random() {
  auto keys = memory_keys();
  keys.insert(keys.begin(), alpha_key(0.1));
  return {{"top-k-plus-random", "Half of the share as top-k has it, the other half drawn from the rest of the model.",
           std::move(keys)},
          [](const strategy_context& context) -> std::unique_ptr<strategy> {
            return std::make_unique<top_k_sharing>(context, fixed_alpha(context.parameters.real("alpha")),
                                                   selection{.half_random = true});
          },
          {},
          top_k_state};
}

strategy_kind lower_bound_top_k() {
  auto keys = memory_keys();
  keys.insert(keys.begin(), alpha_key(0.1));
  keys.push_back({.name = "lower_bound",
                  .default_value = 0.1,
                  .sentence = "Entries that were sent in less than this share of the rounds so far are sent beside the "
                              "greatest, drawn at random: at most lower_bound x alpha of the model's entries a round.",
                  .minimum = 0,
                  .maximum = 1,
                  .exclusive_minimum = true});
  return {{"lower-bound-top-k", "top-k, and entries at random that were sent too seldom.", std::move(keys)},
          [](const strategy_context& context) -> std::unique_ptr<strategy> {
            const auto& p = context.parameters;
            return std::make_unique<top_k_sharing>(context, fixed_alpha(p.real("alpha")),
                                                   selection{.lower_bound = p.real("lower_bound")});
          },
          {},
          [](const config::section& parameters) { return top_k_state(parameters) + 1; }};
}

} // namespace rhizome::sharing
