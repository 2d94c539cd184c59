#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/report_error.hpp"
#include "core/config/print.hpp"

namespace rhizome::cli {

namespace {

struct explain_arguments {
  std::string topic;
  bool reference = false;
};

std::string overview(const config::schema& schema) {
  std::string out;
  for (const auto& s : schema.sections)
    out += fmt::format("{:<16}{}\n", "[" + s.name + "]", s.sentence);
  return out;
}

int explain(const explain_arguments& arguments, const config::schema& schema) {
  if (arguments.reference) {
    std::fputs(config::reference(schema).c_str(), stdout);
    return exit_done;
  }
  const auto text = arguments.topic.empty() ? overview(schema) : config::explain(schema, arguments.topic);
  if (!text)
    return report_error(text.error());
  std::fputs(text->c_str(), stdout);
  return exit_done;
}

} // namespace

void add_explain(CLI::App& app, program& shared) {
  auto* command = app.add_subcommand("explain", "Explain a key, a section or a variant of the configuration");
  command->footer("Without KEY: all sections.\n"
                  "  rhizome explain topology\n"
                  "  rhizome explain topology.degree\n"
                  "  rhizome explain topology.watts-strogatz");
  auto arguments = std::make_shared<explain_arguments>();
  auto* topic = command->add_option("KEY", arguments->topic, "SECTION, SECTION.KEY or SECTION.VARIANT");
  command->add_flag("--reference", arguments->reference, "Print all of it as Markdown: docs/reference.md")
      ->excludes(topic);
  command->callback([arguments, &shared] { shared.exit_code = explain(*arguments, shared.schema); });
}

} // namespace rhizome::cli
