#include <algorithm>
#include <cstdio>
#include <memory>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/report_error.hpp"
#include "core/config/describe.hpp"
#include "core/config/suggest.hpp"

namespace rhizome::cli {

namespace {

struct list_arguments {
  std::string kind;
  bool json = false;
};

/// What a kind is called on the command line: the plural of its section's name.
std::string kind_name(const config::section_schema& s) {
  if (s.name == "data")
    return "datasets";
  if (s.name == "sharing" || s.name == "aggregation")
    return s.name;
  return s.name.ends_with('y') ? s.name.substr(0, s.name.size() - 1) + "ies" : s.name + "s";
}

/// The sections whose variants are asked for: one kind, by its plural or its section's name, or all.
result<std::vector<const config::section_schema*>> chosen_sections(const config::schema& schema,
                                                                   const std::string& kind) {
  std::vector<const config::section_schema*> chosen;
  std::vector<std::string> kinds;
  for (const auto& s : schema.sections) {
    if (s.variants.empty())
      continue;
    kinds.push_back(kind_name(s));
    if (kind.empty() || kind == s.name || kind == kinds.back())
      chosen.push_back(&s);
  }
  if (!chosen.empty())
    return chosen;
  const auto suggestion = config::did_you_mean(kind, kinds);
  return fail(error_kind::invalid_input, "there is no kind {}{}", config::quoted(kind),
              suggestion.empty() ? "; the kinds are " + config::quoted_list(kinds) : suggestion);
}

std::string as_text(const std::vector<const config::section_schema*>& sections) {
  std::string out;
  for (const auto* s : sections) {
    std::size_t width = 0;
    for (const auto& v : s->variants)
      width = std::max(width, v.name.size());
    out += fmt::format("{}{}  ({}.{})\n", out.empty() ? "" : "\n", kind_name(*s), s->name, s->selector);
    for (const auto& v : s->variants)
      out += fmt::format("  {:<{}}  {}\n", v.name, width, v.sentence);
  }
  return out;
}

/// {"topologies": [{"name": ..., "sentence": ..., "keys": [...]}, ...], ...}
std::string as_json(const std::vector<const config::section_schema*>& sections) {
  auto out = nlohmann::ordered_json::object();
  for (const auto* s : sections) {
    auto& variants = out[kind_name(*s)] = nlohmann::ordered_json::array();
    for (const auto& v : s->variants) {
      std::vector<std::string> keys;
      for (const auto& k : v.keys)
        keys.push_back(k.name);
      variants.push_back({{"name", v.name}, {"sentence", v.sentence}, {"keys", keys}});
    }
  }
  return out.dump(2) + "\n";
}

int list(const list_arguments& arguments, const config::schema& schema) {
  const auto sections = chosen_sections(schema, arguments.kind);
  if (!sections)
    return report_error(sections.error());
  std::fputs((arguments.json ? as_json(*sections) : as_text(*sections)).c_str(), stdout);
  return exit_done;
}

} // namespace

void add_list(CLI::App& app, program& shared) {
  auto* command = app.add_subcommand("list", "List what there is: topologies, models, data sets, algorithms ...");
  command->footer("  rhizome list\n"
                  "  rhizome list topologies\n"
                  "  rhizome list models --json");
  auto arguments = std::make_shared<list_arguments>();
  command->add_option("KIND", arguments->kind, "One kind only, such as topologies or datasets");
  command->add_flag("--json", arguments->json, "For programs");
  command->callback([arguments, &shared] { shared.exit_code = list(*arguments, shared.schema); });
}

} // namespace rhizome::cli
