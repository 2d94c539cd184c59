#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "actors/serve.hpp"
#include "cli/cluster_arguments.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/experiment_setup.hpp"
#include "cli/interrupts.hpp"
#include "cli/machine.hpp"
#include "cli/metrics_server.hpp"
#include "cli/report_error.hpp"
#include "core/config/parse.hpp"
#include "core/network/endpoint.hpp"

namespace rhizome::cli {

namespace {

struct host_arguments {
  std::string listen = "127.0.0.1:4711";
  tls_arguments tls;
  bool insecure = false;
  std::optional<unsigned> threads;
  std::string metrics;
};

/// A line with the time, at once, whichever thread it comes from.
void print_line(const std::string& text) {
  static std::mutex mutex;
  const std::scoped_lock lock(mutex);
  std::puts(fmt::format("{:%H:%M:%S} {}", fmt::localtime(std::time(nullptr)), text).c_str());
  std::fflush(stdout);
}

/// Where it is safe to listen, or where the user says that it is.
result<network::endpoint> check_listen(const host_arguments& arguments, bool tls) {
  auto listen = network::parse_endpoint(arguments.listen);
  if (!listen)
    return listen;
  if (tls || network::is_loopback(*listen))
    return listen;
  if (!arguments.insecure)
    return fail(error_kind::invalid_input,
                "{} can be reached from other machines, and without TLS anybody there could use this one. Make "
                "certificates (rhizome certs init, rhizome certs issue) and name them with --tls-ca, "
                "--tls-certificate and --tls-key; or trust that network with --insecure.",
                arguments.listen);
  std::fprintf(stderr, "rhizome: warning: listening at %s without TLS: whoever can reach it can use this machine.\n",
               arguments.listen.c_str());
  return listen;
}

int serve(const host_arguments& arguments, const config::schema& schema) {
  const auto tls = arguments.tls.files();
  if (!tls)
    return report_error(tls.error());
  const auto listen = check_listen(arguments, tls->has_value());
  if (!listen)
    return report_error(listen.error());
  actors::serve_options options;
  options.listen = *listen;
  options.tls = *tls;
  options.build = describe_build();
  options.log = print_line;
  options.build_run = [&schema, threads = arguments.threads](const std::string& text) -> result<actors::run_spec> {
    const auto doc = config::parse(text, "the run's configuration", schema);
    if (!doc)
      return fail(doc);
    auto run = prepare_run(*doc);
    if (!run)
      return fail(run);
    if (threads)
      run->spec.threads = *threads;
    return std::move(run->spec);
  };
  std::unique_ptr<metrics_server> metrics;
  std::optional<error> failed;
  const interrupt_guard guard;
  options.listening = [&](const network::endpoint& where, std::function<actors::host_figures()> figures) {
    if (!arguments.metrics.empty()) {
      auto started = metrics_server::start(arguments.metrics, std::move(figures));
      if (!started) {
        failed = started.error();
        return;
      }
      metrics = std::move(*started);
    }
    fmt::print("listening on {}\n", network::to_string(where));
    std::fflush(stdout);
  };
  options.ending = [&metrics] { metrics.reset(); };
  const auto served = actors::serve(options, [&failed] { return failed ? 1U : interrupt_guard::count(); });
  if (!served)
    return report_error(served.error());
  return failed ? report_error(*failed) : exit_done;
}

} // namespace

void add_host(CLI::App& app, program& shared) {
  auto* command = app.add_subcommand("host", "Lend this machine to runs that others start");
  command->footer("It needs this program and the data set; the configuration comes from the run. Ctrl-C ends it.\n"
                  "  rhizome host\n"
                  "  rhizome host --listen 10.0.0.2:4711 --tls-ca ca.pem --tls-certificate b.pem --tls-key b.key\n"
                  "and elsewhere\n"
                  "  rhizome run configs/quickstart.toml --hosts 10.0.0.2:4711,10.0.0.3:4711 --tls-ca ...");
  auto arguments = std::make_shared<host_arguments>();
  command->add_option("--listen", arguments->listen, "ADDRESS:PORT of this machine; port 0 takes a free one")
      ->capture_default_str();
  arguments->tls.add_to(*command);
  command->add_flag("--insecure", arguments->insecure, "Listen without TLS where other machines can reach it");
  command->add_option("--threads", arguments->threads, "Trainer threads, whatever the run says")
      ->check(CLI::Range(1, 1024));
  command->add_option("--metrics", arguments->metrics, "Serve figures for Prometheus at ADDRESS:PORT");
  command->callback([arguments, &shared] { shared.exit_code = serve(*arguments, shared.schema); });
}

} // namespace rhizome::cli
