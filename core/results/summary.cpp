#include "core/results/summary.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/results/fields.hpp"
#include "core/results/format.hpp"

namespace rhizome::results {

namespace {

std::string rounds_text(const summary& run) {
  if (run.rounds == 0 || !(run.seconds_rounds > 0))
    return format_count(run.rounds);
  return fmt::format("{} in {}, {:.3g} rounds/s", format_count(run.rounds), format_duration(run.seconds_rounds),
                     run.rounds_per_second);
}

std::string accuracy_text(const summary& run) {
  auto text = format_percent(run.accuracy_mean);
  if (!std::isnan(run.accuracy_std))
    text += fmt::format(" ± {} over nodes", format_percent(run.accuracy_std));
  return text;
}

std::string errors_text(double rmse, double mae) {
  return fmt::format("{}, mae {}", format_number(rmse), format_number(mae));
}

} // namespace

std::string to_table(const summary& run) {
  std::vector<std::pair<const char*, std::string>> lines;
  const auto add_if = [&](bool known, const char* label, auto&& text) {
    if (known)
      lines.emplace_back(label, text());
  };
  const auto measured = [](double value) { return !std::isnan(value); };

  lines.emplace_back("run", fmt::format("{}, {}", run.name, run.status));
  lines.emplace_back("directory", run.directory);
  lines.emplace_back("nodes",
                     fmt::format("{}, {} parameters each", format_count(run.nodes), format_count(run.parameters)));
  lines.emplace_back("rounds", rounds_text(run));
  add_if(measured(run.accuracy_mean), "accuracy", [&] { return accuracy_text(run); });
  add_if(measured(run.accuracy_consensus), "consensus accuracy",
         [&] { return format_percent(run.accuracy_consensus); });
  add_if(measured(run.accuracy_local), "local accuracy", [&] { return format_percent(run.accuracy_local); });
  add_if(measured(run.loss_mean), "loss", [&] { return format_number(run.loss_mean); });
  add_if(measured(run.rmse_mean), "rmse", [&] { return errors_text(run.rmse_mean, run.mae_mean); });
  add_if(measured(run.rmse_local), "local rmse", [&] { return errors_text(run.rmse_local, run.mae_local); });
  add_if(measured(run.consensus_distance), "consensus distance", [&] { return format_number(run.consensus_distance); });
  lines.emplace_back("sent", format_bytes(static_cast<double>(run.bytes_sent)));
  add_if(run.bytes_wire > 0, "between machines", [&] { return format_bytes(static_cast<double>(run.bytes_wire)); });
  lines.emplace_back("set-up", format_duration(run.seconds_setup));
  lines.emplace_back("first round", format_duration(run.seconds_first_round));
  lines.emplace_back("evaluation", format_duration(run.seconds_evaluation) + " of thread time");
  add_if(measured(run.seconds_sharing), "sharing",
         [&] { return format_duration(run.seconds_sharing) + " of thread time"; });
  add_if(measured(run.overhead), "overhead",
         [&] { return fmt::format("{} of {} threads", format_percent(run.overhead), run.threads); });
  lines.emplace_back("peak memory", format_bytes(static_cast<double>(run.peak_rss_bytes)));
  add_if(!run.parameters_hash.empty(), "parameters hash", [&] { return run.parameters_hash; });

  std::string table;
  for (const auto& [label, text] : lines)
    table += fmt::format("  {:<18}  {}\n", label, text);
  return table;
}

std::string to_json(const summary& run) {
  // nlohmann writes NaN and infinity as null.
  nlohmann::ordered_json json{{"name", run.name}, {"directory", run.directory}, {"status", run.status}};
  for_each_field(summary_fields, [&](const auto& field) { json[field.name] = run.*field.member; });
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

} // namespace rhizome::results
