#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/report_error.hpp"
#include "core/config/import_ini.hpp"
#include "core/config/parse.hpp"

namespace rhizome::cli {

namespace {

struct import_arguments {
  std::string file;
  std::string out;
  config::import_options options;
  int reset_optimizer = 1;
};

result<std::string> read(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || in.bad())
    return fail(error_kind::invalid_input, "{}: it cannot be read", file);
  return text;
}

result<void> write(const std::string& file, const std::string& text) {
  if (std::filesystem::exists(file))
    return fail(error_kind::invalid_input, "{}: it is there already and is not overwritten", file);
  std::ofstream out(file, std::ios::binary);
  out << text;
  if (!out.flush())
    return fail(error_kind::failed, "{}: it cannot be written", file);
  return {};
}

/// The converted file, which is a valid configuration.
result<config::imported> convert(const import_arguments& arguments, const config::schema& schema) {
  const auto text = read(arguments.file);
  if (!text)
    return fail(text);
  auto options = arguments.options;
  options.reset_optimizer = arguments.reset_optimizer != 0;
  if (options.name.empty())
    options.name = std::filesystem::path(arguments.file).stem().string();
  auto done = config::import_ini(*text, arguments.file, options);
  if (!done)
    return done;
  if (const auto document = config::parse(done->toml, arguments.file + " as TOML", schema); !document)
    return fail(document);
  return done;
}

int import_file(const import_arguments& arguments, const config::schema& schema) {
  const auto done = convert(arguments, schema);
  if (!done)
    return report_error(done.error());
  if (arguments.out.empty()) {
    std::fputs(done->toml.c_str(), stdout);
    return exit_done;
  }
  if (const auto written = write(arguments.out, done->toml); !written)
    return report_error(written.error());
  fmt::print("{}\n", arguments.out);
  for (const auto& note : done->notes)
    fmt::print(stderr, "{}\n", note);
  return exit_done;
}

} // namespace

void add_import_ini(CLI::App& app, program& shared) {
  const auto arguments = std::make_shared<import_arguments>();
  auto& options = arguments->options;
  options.name.clear();
  auto* command = app.add_subcommand("import-ini", "Convert an INI file of DecentralizePy");
  command->footer("What is not taken over stands in comments of the result, with the reason.\n"
                  "  rhizome import-ini config_cifar_jwins.ini --nodes 96 --rounds 200 --graph 96_regular.edges -o "
                  "jwins.toml\n"
                  "  rhizome import-ini config_celeba_sharing.ini --node-type el-local --nodes 96");
  command->add_option("FILE", arguments->file, "The INI file")->required();
  command->add_option("-o,--out", arguments->out, "The TOML file to write (default: standard output)");
  command->add_option("--name", options.name, "The experiment's name (default: the file's)");
  command->add_option("--node-type", options.node_type,
                      fmt::format("What the driver script starts: {}, or the original's class",
                                  CLI::detail::join(config::import_node_types(), ", ")));
  command->add_option("--nodes", options.nodes, "Machines times processes on each")->check(CLI::PositiveNumber);
  command->add_option("--rounds", options.rounds, "The original's -is")->check(CLI::PositiveNumber);
  command->add_option("--graph", options.graph, "The original's -gf: a file, or ring, complete, regular, star");
  command->add_option("--graph-type", options.graph_format, "The original's -gt")
      ->check(CLI::IsMember({"edges", "adjacency"}));
  command->add_option("--degree", options.degree, "Neighbours in regular graphs (default: [NODE] graph_degree, or 4)");
  command->add_option("--test-after", options.test_after, "The original's -ta: rounds between evaluations");
  command->add_option("--reset-optimizer", arguments->reset_optimizer, "The original's -ro: 0 or 1")
      ->check(CLI::IsMember({0, 1}));
  command->add_option("--working-rate", options.working_rate, "The original's -wr: the share of workers in a round");
  command->callback([arguments, &shared] { shared.exit_code = import_file(*arguments, shared.schema); });
}

} // namespace rhizome::cli
