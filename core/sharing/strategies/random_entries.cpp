#include "core/random.hpp"
#include "core/sharing/partial.hpp"
#include "core/sharing/places.hpp"

namespace rhizome::sharing {

strategy_kind random_entries() {
  auto alpha = alpha_key(0.1);
  alpha.sentence = "The probability of each of the model's entries to be sent.";
  return {{"random",
           "A random part of the model, drawn from a seed that all nodes know: places need not be sent.",
           {std::move(alpha),
            {.name = "metadata_cap",
             .default_value = 1.0,
             .sentence = "Above this share the whole model is sent.",
             .minimum = 0,
             .maximum = 1,
             .exclusive_minimum = true},
            {.name = "per_layer",
             .default_value = false,
             .sentence = "Whether each tensor has a draw of its own, of which at least one entry is sent."}}},
          [](const strategy_context& context) -> std::unique_ptr<strategy> {
            const auto& p = context.parameters;
            const auto share = p.real("alpha") > p.real("metadata_cap") ? 1.0 : p.real("alpha");
            auto parts = p.boolean("per_layer") ? context.tensors : std::vector<std::size_t>();
            return std::make_unique<known_places>(
                context.codec, [sampler = std::make_shared<const place_sampler>(share), parts = std::move(parts),
                                seed = context.seed](node_id sender, round_number round, std::size_t size) {
                  random_stream random(seed, purpose::sharing, sender, round);
                  std::vector<std::uint32_t> places;
                  if (parts.empty())
                    sampler->draw(random, 0, size, places);
                  std::size_t offset = 0;
                  for (const auto part : parts) {
                    const auto before = places.size();
                    sampler->draw(random, offset, part, places);
                    if (places.size() == before && part > 0)
                      places.push_back(static_cast<std::uint32_t>(offset + random.below(part)));
                    offset += part;
                  }
                  return places;
                });
          }};
}

} // namespace rhizome::sharing
