#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/config_argument.hpp"
#include "cli/exit_code.hpp"
#include "cli/report_error.hpp"
#include "topologies/export.hpp"
#include "topologies/graph_file.hpp"
#include "topologies/report.hpp"

namespace rhizome::cli {

namespace {

struct topology_arguments {
  config_argument config;
  round_number round = 0;
  std::string dot; ///< a file, "-" for the standard output, or empty
  std::string svg;
  bool edges = false;
  bool json = false;

  /// Whether the standard output belongs to the graph itself, so that the report has to stay away.
  [[nodiscard]] bool graph_on_stdout() const { return edges || dot == "-" || svg == "-"; }
};

/// Writes to a file, or to the standard output if that is "-".
result<void> write(const std::string& path, const std::string& text) {
  if (path == "-") {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return {};
  }
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file)
    return fail(error_kind::failed, "{} cannot be written; choose another file, or - for the standard output", path);
  return {};
}

result<void> export_graph(const topology_arguments& arguments, const topologies::graph& g) {
  if (!arguments.dot.empty())
    if (auto written = write(arguments.dot, topologies::to_dot(g)); !written)
      return written;
  if (!arguments.svg.empty()) {
    const auto svg = topologies::to_svg(g);
    if (!svg)
      return fail(svg);
    if (auto written = write(arguments.svg, *svg); !written)
      return written;
  }
  if (arguments.edges)
    return write("-", topologies::to_edge_list(g));
  return {};
}

int show_topology(const topology_arguments& arguments, const config::schema& schema) {
  const auto document = arguments.config.load(schema);
  if (!document)
    return report_error(document.error());
  const auto& experiment = (*document)["experiment"];
  const auto found = topologies::inspect((*document)["topology"], static_cast<std::size_t>(experiment.integer("nodes")),
                                         static_cast<std::uint64_t>(experiment.integer("seed")), arguments.round);
  if (!found)
    return report_error(found.error());
  if (auto exported = export_graph(arguments, *found->g); !exported)
    return report_error(exported.error());
  if (arguments.json)
    std::puts(topologies::to_json(found->facts).dump(2).c_str());
  else if (!arguments.graph_on_stdout())
    std::fputs(topologies::describe(found->facts).c_str(), stdout);
  return exit_done;
}

} // namespace

void add_topology(CLI::App& app, program& shared) {
  auto* command = app.add_subcommand("topology", "Show the communication graph: degrees, diameter, spectral gap");
  command->footer(
      "  rhizome topology configs/quickstart.toml\n"
      "  rhizome topology configs/quickstart.toml --round 7 --svg graph.svg\n"
      "  rhizome topology configs/quickstart.toml --set topology.name=torus --dot - | dot -Tpdf > graph.pdf");
  auto arguments = std::make_shared<topology_arguments>();
  arguments->config.add_to(*command);
  command->add_option("--round", arguments->round, "The round whose graph is shown, from 0")->capture_default_str();
  command->add_option("--dot", arguments->dot, "Write the graph in Graphviz's language to this file; - for the output");
  command->add_option("--svg", arguments->svg, "Draw the graph into this file; - for the output");
  auto* edges = command->add_flag("--edges", arguments->edges, "Print the number of nodes and a line for each edge");
  command->add_flag("--json", arguments->json, "Print the facts as JSON")->excludes(edges);
  command->callback([arguments, &shared] { shared.exit_code = show_topology(*arguments, shared.schema); });
}

} // namespace rhizome::cli
