#include "core/config/import_ini_alphas.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <fmt/ranges.h>

#include "core/config/import_ini_values.hpp"

namespace rhizome::config::ini {

namespace {

/// Stands for 0, which is no share here: of every model it is a single entry.
constexpr const char* least_share = "1e-09";

bool is_zero(const std::string& share) {
  return to_number<double>(share) == 0.0;
}

/// The rounds of a schedule, counted from 0; nothing where they are no rounds.
std::optional<std::vector<std::int64_t>> rounds_of(const ini_entry& entry) {
  const auto texts = to_reals(entry.value);
  if (!texts || texts->empty())
    return std::nullopt;
  std::vector<std::int64_t> rounds;
  for (const auto& text : *texts) {
    const auto round = to_number<std::int64_t>(text);
    if (!round || *round < 1)
      return std::nullopt;
    rounds.push_back(*round - 1);
  }
  return rounds;
}

} // namespace

void take_growing_alpha(conversion& ini) {
  const auto* first = ini.look("SHARING", "init_alpha");
  if (first == nullptr || is_zero(first->value)) {
    ini.set("sharing", "first_alpha", least_share);
    ini.note(fmt::format("[SHARING] init_alpha: {}, and from a share of 0 the original sends nothing until round k; "
                         "here a node begins with a single entry",
                         first == nullptr ? "it is 0 where the file has none" : "it is 0"));
  }
  if (const auto* k = ini.look("SHARING", "k")) {
    const auto steps = to_number<std::int64_t>(k->value);
    if (!steps || *steps < 1 || *steps > 65535)
      ini.wrong(k, "k: expected an integer from 1 to 65535, found " + one_line(k->value));
    else
      ini.set("sharing", "growth_rounds", fmt::format("{}", *steps * *steps));
  }
  ini.note(
      "[SHARING] k: each k rounds the original adds (max_alpha - init_alpha) / k, so that max_alpha comes after k^2 "
      "rounds, growth_rounds, and goes on to 1; here the share grows in every round and stays at last_alpha");
}

void take_schedule(conversion& ini) {
  const auto* shares = ini.look("SHARING", "change_alpha");
  const auto* changes = ini.look("SHARING", "change_rounds");
  if (shares == nullptr || changes == nullptr) {
    ini.wrong(nullptr, "[SHARING] ManualAdapt needs change_alpha and change_rounds");
    return;
  }
  auto alphas = to_reals(shares->value);
  auto rounds = rounds_of(*changes);
  if (!alphas || alphas->empty()) {
    ini.wrong(shares,
              fmt::format("change_alpha: expected {}, found {}", describe(value_form::reals), one_line(shares->value)));
    return;
  }
  if (!rounds) {
    ini.wrong(changes,
              "change_rounds: expected a list of rounds from 1 on such as [10, 50], found " + one_line(changes->value));
    return;
  }
  if (alphas->size() == rounds->size()) {
    alphas->insert(alphas->begin(), alphas->front());
    ini.note(
        "[SHARING] change_alpha: as many shares as rounds: each holds from its round on, the first one before it as "
        "well; the original gives the second one from the first round on, and the last round ends it with an error");
  }
  if (alphas->size() != rounds->size() + 1) {
    ini.wrong(shares, fmt::format("change_alpha: {} rounds need {} shares, the first one from the beginning; found {}",
                                  rounds->size(), rounds->size() + 1, alphas->size()));
    return;
  }
  if (rounds->front() == 0) { // nothing comes before it
    alphas->erase(alphas->begin());
    rounds->erase(rounds->begin());
  }
  if (std::ranges::any_of(*alphas, is_zero)) {
    std::ranges::replace_if(*alphas, is_zero, std::string(least_share));
    ini.note("[SHARING] change_alpha: with a share of 0 the original sends nothing; here a node sends a single entry");
  }
  ini.set("sharing", "alphas", fmt::format("[{}]", fmt::join(*alphas, ", ")));
  ini.set("sharing", "schedule", fmt::format("[{}]", fmt::join(*rounds, ", ")));
  ini.note("[SHARING] change_rounds: the original counts rounds from 1, schedule counts them from 0");
}

} // namespace rhizome::config::ini
