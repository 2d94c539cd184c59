#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/report_error.hpp"
#include "core/results/directory.hpp"
#include "core/results/plot.hpp"
#include "core/results/terminal.hpp"

namespace rhizome::cli {

namespace {

struct plot_arguments {
  std::vector<std::filesystem::path> directories;
  std::filesystem::path out;
  std::string y; ///< empty: the first quantity that the runs have
  std::string x = "rounds";
  bool in_terminal = false;
};

const std::map<std::string, results::plot_axis>& axes() {
  using results::plot_axis;
  static const std::map<std::string, plot_axis> by_name{
      {"rounds", plot_axis::rounds}, {"bytes", plot_axis::bytes}, {"seconds", plot_axis::seconds}};
  return by_name;
}

/// Where the figure goes and how it looks there.
result<results::figure> make_figure(const plot_arguments& arguments) {
  results::figure figure{.y = results::find_quantity(arguments.y), .x = axes().at(arguments.x)};
  if (!arguments.out.empty()) {
    const auto format = results::format_of_file(arguments.out);
    if (!format)
      return fail(format);
    figure.format = *format;
    return figure;
  }
  const auto terminal = results::find_terminal(STDOUT_FILENO);
  if (!terminal && !arguments.in_terminal)
    return fail(error_kind::invalid_input,
                "Standard output is no terminal: name a file with -o FILE.svg, or ask for text with --terminal.");
  figure.format = results::plot_format::text;
  figure.size = terminal.value_or(figure.size);
  return figure;
}

/// Text without its first and last empty lines.
std::string without_blank_edges(const std::string& text) {
  const auto first = text.find_first_not_of(" \n\f");
  if (first == text.npos)
    return {};
  const auto line = text.rfind('\n', first);
  const auto begin = line == text.npos ? 0 : line + 1;
  return text.substr(begin, text.find_last_not_of(" \n\f") + 1 - begin) + '\n';
}

int plot(const plot_arguments& arguments) {
  const auto figure = make_figure(arguments);
  if (!figure)
    return report_error(figure.error());
  const auto runs = results::load_plotted_runs(arguments.directories);
  if (!runs)
    return report_error(runs.error());
  const auto script = results::plot_script(*runs, *figure);
  if (!script)
    return report_error(script.error());
  const auto drawn = results::run_gnuplot(*script);
  if (!drawn)
    return report_error(drawn.error());
  if (arguments.out.empty()) {
    std::fputs(without_blank_edges(*drawn).c_str(), stdout);
    return exit_done;
  }
  const auto written = results::write_file(arguments.out, *drawn);
  return written ? exit_done : report_error(written.error());
}

std::vector<std::string> quantity_names() {
  std::vector<std::string> names;
  for (const auto& quantity : results::quantities())
    names.emplace_back(quantity.name);
  return names;
}

} // namespace

void add_plot(CLI::App& app, program& shared) {
  const auto arguments = std::make_shared<plot_arguments>();
  auto* command = app.add_subcommand("plot", "Draw runs in one figure, with gnuplot");
  command->add_option("DIR", arguments->directories, "Directories of runs, such as runs/NAME-HASH")->required();
  auto* out = command->add_option("-o,--out", arguments->out, "The figure's file: .svg, .pdf or .png");
  command->add_option("-y", arguments->y, "What to draw (default: the first of these that was measured)")
      ->check(CLI::IsMember(quantity_names()));
  command->add_option("-x", arguments->x, "What to draw it against")
      ->check(CLI::IsMember(axes()))
      ->capture_default_str();
  command->add_flag("--terminal", arguments->in_terminal, "Draw with text even if standard output is no terminal")
      ->excludes(out);
  command->callback([arguments, &shared] { shared.exit_code = plot(*arguments); });
}

} // namespace rhizome::cli
