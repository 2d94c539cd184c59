#include "core/sharing/registry.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "core/config/kinds.hpp"
#include "core/learning/registry.hpp"

/// The functions under core/sharing/strategies/ that define a strategy, one line each.
#define RHIZOME_STRATEGIES(STRATEGY)                                                                                   \
  STRATEGY(full)                                                                                                       \
  STRATEGY(top_k)                                                                                                      \
  STRATEGY(random_alpha)                                                                                               \
  STRATEGY(growing_alpha)                                                                                              \
  STRATEGY(scheduled_alpha)                                                                                            \
  STRATEGY(random_entries)                                                                                             \
  STRATEGY(round_robin)                                                                                                \
  STRATEGY(quantization)                                                                                               \
  STRATEGY(choco)                                                                                                      \
  STRATEGY(wavelet)                                                                                                    \
  STRATEGY(jwins)                                                                                                      \
  STRATEGY(fft)                                                                                                        \
  STRATEGY(lower_bound_top_k)                                                                                          \
  STRATEGY(top_k_plus_random)                                                                                          \
  STRATEGY(secure_aggregation)

#define RHIZOME_DECLARE(name) strategy_kind name();
#define RHIZOME_CALL(name) name(),

namespace rhizome::sharing {

RHIZOME_STRATEGIES(RHIZOME_DECLARE)

const std::vector<strategy_kind>& strategies() {
  static const std::vector<strategy_kind> all{RHIZOME_STRATEGIES(RHIZOME_CALL)};
  return all;
}

const strategy_kind& find_strategy(std::string_view name) {
  return config::find_kind(strategies(), name);
}

/// What of the section would do nothing, while the file looks as if it did.
static void refuse_what_has_no_effect(const config::document& document, std::vector<config::problem>& problems) {
  const auto& algorithm = learning::find_algorithm(document["algorithm"].text("name"));
  const auto& sharing = document["sharing"];
  const auto& name = sharing.text("name");
  if (!algorithm.uses_sharing && name != "full")
    problems.push_back({"sharing.name", fmt::format("algorithm \"{}\" decides itself what is sent, and would not use "
                                                    "\"{}\": leave sharing out, or choose \"d-psgd\"",
                                                    algorithm.schema.name, name)});
  if (document["sharing.codec"].text("values") == "raw")
    return;
  if (!algorithm.uses_sharing && !algorithm.uses_codec)
    problems.push_back({"sharing.codec.values", fmt::format("algorithm \"{}\" sends models as they are: expected "
                                                            "\"raw\"",
                                                            algorithm.schema.name)});
  const auto& kind = find_strategy(name);
  if (algorithm.uses_sharing && kind.encodes_values != nullptr && !kind.encodes_values(sharing))
    problems.push_back({"sharing.codec.values", fmt::format("sharing \"{}\" has an encoding of its own here: expected "
                                                            "\"raw\"",
                                                            name)});
}

/// What cannot be put together with anything but "full".
static std::vector<config::problem> check(const config::document& document) {
  const auto& sharing = document["sharing"];
  const auto& name = sharing.text("name");
  const auto& kind = find_strategy(name);
  std::vector<config::problem> problems;
  refuse_what_has_no_effect(document, problems);
  if (sharing.has("alphas") && sharing.reals("alphas").empty())
    problems.push_back({"sharing.alphas", "there must be a share"});
  if (sharing.has("selection") && sharing.text("selection") == "magnitude" && sharing.text("accumulation") != "none")
    problems.push_back({"sharing.accumulation", "changes are accumulated, and selection \"magnitude\" does not look at "
                                                "them: choose \"none\", or selection \"change\""});
  if (sharing.has("schedule")) {
    const auto& rounds = sharing.integers("schedule");
    if (!std::ranges::is_sorted(rounds, std::less_equal<>()))
      problems.push_back({"sharing.schedule", "the rounds must be in ascending order"});
    if (sharing.reals("alphas").size() != rounds.size() + 1)
      problems.push_back(
          {"sharing.alphas", fmt::format("a schedule of {} rounds needs {} shares, the first one from the "
                                         "first round on; there are {}",
                                         rounds.size(), rounds.size() + 1, sharing.reals("alphas").size())});
  }
  if (kind.check != nullptr)
    for (auto& problem : kind.check(document))
      problems.push_back(std::move(problem));
  if (kind.keeps_copies.empty())
    return problems;
  if (document["topology"].boolean("dynamic"))
    problems.push_back({"topology.dynamic", fmt::format("sharing \"{}\" needs the same graph in each round: {}; leave "
                                                        "dynamic out, or choose \"top-k\"",
                                                        name, kind.keeps_copies)});
  if (document["runtime"].text("on_failure") == "continue")
    problems.push_back({"runtime.on_failure", fmt::format("sharing \"{}\" cannot do without lost nodes: {}; choose "
                                                          "\"abort\"",
                                                          name, kind.keeps_copies)});
  if (document["runtime"].text("on_nonfinite") == "isolate")
    problems.push_back({"runtime.on_nonfinite", fmt::format("sharing \"{}\" cannot do without a neighbour's message: "
                                                            "{}; choose \"stop\"",
                                                            name, kind.keeps_copies)});
  if (document["aggregation"].text("rule") != "weighted-mean")
    problems.push_back({"aggregation.rule", fmt::format("sharing \"{}\" has an aggregation of its own: leave the rule "
                                                        "out",
                                                        name)});
  return problems;
}

config::section_schema schema() {
  auto made = config::section_of_kinds("sharing", "What of its model a node sends to its neighbours.", "name",
                                       strategies(), "full");
  made.check = check;
  return made;
}

} // namespace rhizome::sharing
