// top-k whose share changes from round to round.
#include <algorithm>
#include <utility>

#include "core/random.hpp"
#include "core/sharing/strategies/top_k.hpp"

namespace rhizome::sharing {

namespace {

config::variant variant_of(const char* name, const char* sentence, std::vector<config::key> keys) {
  for (auto& key : top_k_keys())
    keys.push_back(std::move(key));
  return {name, sentence, std::move(keys)};
}

config::key share(const char* name, double default_value, const char* sentence) {
  auto key = alpha_key(default_value);
  key.name = name;
  key.sentence = sentence;
  return key;
}

} // namespace

config::key alphas_key(std::vector<double> default_value, const char* sentence) {
  return {.name = "alphas",
          .default_value = std::move(default_value),
          .sentence = sentence,
          .minimum = 0,
          .maximum = 1,
          .exclusive_minimum = true};
}

alpha_function drawn_alpha(std::vector<double> alphas, std::uint64_t seed) {
  return [alphas = std::move(alphas), seed](node_id node, round_number round) {
    return alphas[random_stream(seed, purpose::sharing, node, round).below(alphas.size())];
  };
}

strategy_kind random_alpha() {
  return {variant_of(
              "random-alpha", "top-k with a share that each node draws afresh each round.",
              {alphas_key({0.1, 0.2, 0.3, 0.4, 1.0}, "The shares that are drawn from, all with equal probability.")}),
          [](const strategy_context& context) -> std::unique_ptr<strategy> {
            return std::make_unique<top_k_sharing>(context,
                                                   drawn_alpha(context.parameters.reals("alphas"), context.seed));
          },
          {},
          top_k_state};
}

strategy_kind growing_alpha() {
  return {variant_of("growing-alpha", "top-k with a share that grows by the same step each round.",
                     {share("first_alpha", 0.05, "The share in the first round."),
                      share("last_alpha", 0.5, "The share that it grows to."),
                      {.name = "growth_rounds",
                       .default_value = std::int64_t{100},
                       .sentence = "The round from which the share is last_alpha.",
                       .unit = "rounds",
                       .minimum = 1}}),
          [](const strategy_context& context) -> std::unique_ptr<strategy> {
            const auto& p = context.parameters;
            return std::make_unique<top_k_sharing>(
                context, [first = p.real("first_alpha"), last = p.real("last_alpha"),
                          over = static_cast<double>(p.integer("growth_rounds"))](node_id, round_number round) {
                  return first + (last - first) * std::min(1.0, static_cast<double>(round) / over);
                });
          },
          {},
          top_k_state};
}

strategy_kind scheduled_alpha() {
  return {variant_of("scheduled-alpha", "top-k with a share by a schedule.",
                     {alphas_key({0.1, 0.5}, "The shares, one more than there are rounds in the schedule."),
                      {.name = "schedule",
                       .default_value = std::vector<std::int64_t>{50},
                       .sentence = "The rounds, ascending, from which the next share holds.",
                       .unit = "rounds",
                       .minimum = 1}}),
          [](const strategy_context& context) -> std::unique_ptr<strategy> {
            return std::make_unique<top_k_sharing>(
                context, [alphas = context.parameters.reals("alphas"),
                          rounds = context.parameters.integers("schedule")](node_id, round_number round) {
                  const auto step = std::ranges::upper_bound(rounds, std::int64_t{round}) - rounds.begin();
                  return alphas[static_cast<std::size_t>(step)];
                });
          },
          {},
          top_k_state};
}

} // namespace rhizome::sharing
