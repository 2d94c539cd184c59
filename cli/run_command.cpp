#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <mutex>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/ranges.h>
#include <sys/resource.h>
#include <unistd.h>

#include "actors/run.hpp"
#include "cli/certificate_files.hpp"
#include "cli/cluster_arguments.hpp"
#include "cli/commands.hpp"
#include "cli/config_argument.hpp"
#include "cli/exit_code.hpp"
#include "cli/experiment_setup.hpp"
#include "cli/interrupts.hpp"
#include "cli/machine.hpp"
#include "cli/metrics_server.hpp"
#include "cli/report_error.hpp"
#include "cli/run_log.hpp"
#include "core/config/print.hpp"
#include "core/config/sections.hpp"
#include "core/results/directory.hpp"
#include "core/results/progress.hpp"
#include "core/results/store.hpp"
#include "core/results/summary.hpp"
#include "core/results/terminal.hpp"

namespace rhizome::cli {

namespace {

using clock = std::chrono::steady_clock;

struct run_arguments {
  config_argument config;
  std::string root = "runs";
  std::optional<unsigned> threads;
  bool json = false;
  bool quiet = false;
  bool force = false;
  bool again = false;
  std::string hosts;
  tls_arguments tls;
  std::string metrics;
};

/// What this machine tells of the run: from the metrics server's thread, while the experiment's one says when it
/// begins.
class shared_figures {
public:
  void begin(actors::run_part part) {
    const std::scoped_lock lock(mutex_);
    part_ = std::move(part);
  }
  [[nodiscard]] actors::host_figures read() const {
    auto figures = actors::measure_machine();
    const std::scoped_lock lock(mutex_);
    if (part_)
      part_->tell(figures);
    figures.failures = failures_;
    return figures;
  }
  void count_failure() { ++failures_; }

private:
  std::atomic<std::uint64_t> failures_{0};
  mutable std::mutex mutex_;
  std::optional<actors::run_part> part_;
};

/// Stores each round, then shows it.
class storing_recorder final : public actors::run_recorder {
public:
  storing_recorder(results::store store, std::optional<results::progress_writer> progress,
                   std::shared_ptr<shared_figures> figures)
      : store_(std::move(store)), progress_(std::move(progress)), figures_(std::move(figures)) {}

  result<void> record(const results::round_record& round, std::vector<results::node_record> nodes) override {
    if (auto stored = store_.append({&round, 1}, nodes, {}); !stored)
      return stored;
    if (progress_)
      progress_->update(round, round.seconds);
    last_ = round;
    return {};
  }

  result<void> record(const results::event_record& event) override {
    if (progress_ && event.kind != "failed") { // a failure is printed when the run has ended
      progress_->clear();
      std::fprintf(stderr, "%s\n", event.text.c_str());
    }
    log_event(event);
    if (event.kind == "lost" || event.kind == "failed")
      figures_->count_failure();
    return store_.append({}, {}, {&event, 1});
  }

  /// After the run: the other threads are done with it.
  [[nodiscard]] results::store& store() { return store_; }
  [[nodiscard]] const results::round_record& last() const { return last_; }
  void finish_progress() {
    if (progress_)
      progress_->finish();
  }

private:
  results::store store_;
  std::optional<results::progress_writer> progress_;
  std::shared_ptr<shared_figures> figures_;
  results::round_record last_;
};

std::optional<results::progress_writer> make_progress(bool quiet, std::uint32_t rounds) {
  if (quiet)
    return std::nullopt;
  std::function<std::size_t()> width;
  if (results::find_terminal(STDERR_FILENO))
    width = [] { return results::find_terminal(STDERR_FILENO).value_or(results::terminal_size{}).columns; };
  return std::optional<results::progress_writer>(std::in_place, std::cerr, rounds, std::move(width));
}

std::string status_name(actors::run_status status) {
  switch (status) {
  case actors::run_status::done:
    return "done";
  case actors::run_status::failed:
    return "failed";
  case actors::run_status::interrupted:
    return "interrupted";
  }
  return {};
}

int exit_code_of(actors::run_status status) {
  switch (status) {
  case actors::run_status::done:
    return exit_done;
  case actors::run_status::failed:
    return exit_failed;
  case actors::run_status::interrupted:
    return exit_interrupted;
  }
  return exit_failed;
}

/// What is known of the run before it starts.
struct run_facts {
  config::experiment_options experiment;
  std::filesystem::path directory;
  std::uint32_t nodes = 0;
  std::uint32_t threads = 0;
  std::uint64_t parameters = 0;
  double seconds_setup = 0;
};

results::summary summarize(const run_facts& facts, const actors::run_outcome& outcome,
                           const results::round_record& last) {
  results::summary s;
  s.name = facts.experiment.name;
  s.directory = facts.directory.string();
  s.status = status_name(outcome.status);
  s.nodes = facts.nodes;
  s.rounds = outcome.rounds;
  s.parameters = facts.parameters;
  if (outcome.status == actors::run_status::done)
    s.parameters_hash = fmt::format("{:016x}", outcome.parameters_hash);
  s.overhead = outcome.overhead;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  s.peak_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  s.seconds_setup = facts.seconds_setup;
  s.seconds_rounds = outcome.seconds_rounds > 0 ? outcome.seconds_rounds : last.seconds;
  s.seconds_first_round = outcome.seconds_first_round;
  s.seconds_evaluation = outcome.seconds_evaluation;
  s.seconds_sharing = outcome.seconds_sharing;
  s.rounds_per_second = s.seconds_rounds > 0 ? s.rounds / s.seconds_rounds : 0;
  s.bytes_sent = last.bytes_sent;
  s.bytes_wire = outcome.bytes_wire;
  s.accuracy_mean = last.accuracy_mean;
  s.accuracy_std = last.accuracy_std;
  s.accuracy_consensus = last.consensus_accuracy;
  s.accuracy_local = last.local_accuracy_mean;
  s.loss_mean = last.loss_mean;
  s.rmse_mean = last.rmse_mean;
  s.mae_mean = last.mae_mean;
  s.rmse_local = last.local_rmse_mean;
  s.mae_local = last.local_mae_mean;
  s.consensus_distance = last.consensus_distance;
  s.threads = facts.threads;
  return s;
}

result<results::store> open_store(const run_facts& facts, const config::document& doc, const config::schema& schema,
                                  const prepared_run& run) {
  const auto text = config::to_toml(doc, schema);
  if (const auto written = results::write_file(facts.directory / results::config_file, text); !written)
    return fail(written);
  results::run_metadata metadata;
  metadata.name = facts.experiment.name;
  metadata.hash = config::config_hash(doc, schema);
  metadata.config = text;
  metadata.seed = facts.experiment.seed;
  metadata.versions = describe_versions();
  metadata.machine = describe_machine();
  auto store = results::store::create(facts.directory, metadata);
  if (!store)
    return store;
  if (const auto done = store->append_histograms(run.histograms); !done)
    return fail(done);
  return store;
}

/// Serves the run's figures where that is asked for; null where not.
result<std::unique_ptr<metrics_server>> serve_metrics(const std::string& address, actors::run_spec& spec,
                                                      std::shared_ptr<shared_figures> figures) {
  if (address.empty())
    return std::unique_ptr<metrics_server>();
  auto started = metrics_server::start(address, [figures] { return figures->read(); });
  if (started)
    spec.cluster.placed = [figures](actors::run_part part) { figures->begin(std::move(part)); };
  return started;
}

/// The recorder of a run in a directory of its own, which goes to the facts.
result<std::shared_ptr<storing_recorder>> begin_recording(const run_arguments& arguments, const config::document& doc,
                                                          const config::schema& schema, const prepared_run& run,
                                                          std::shared_ptr<shared_figures> figures, run_facts& facts) {
  const auto directory = results::prepare_directory(arguments.root, facts.experiment.name,
                                                    config::config_hash(doc, schema), arguments.force, arguments.again);
  if (!directory)
    return fail(directory);
  facts.directory = *directory;
  auto store = open_store(facts, doc, schema, run);
  if (!store)
    return fail(store);
  return std::make_shared<storing_recorder>(std::move(*store), make_progress(arguments.quiet, facts.experiment.rounds),
                                            std::move(figures));
}

/// Stores what is left when the actors are done: the average model and the summary, which is printed. Returns the exit
/// code.
int finish(const run_facts& facts, const actors::run_outcome& outcome, const learning::model_runtime& models,
           storing_recorder& recorder, const run_log& log, bool json) {
  recorder.finish_progress();
  int code = exit_code_of(outcome.status);
  auto summary = summarize(facts, outcome, recorder.last());
  if (outcome.average)
    if (const auto saved = models.save(outcome.average->values(), facts.directory / results::model_file); !saved) {
      code = report_error(saved.error());
      summary.status = status_name(actors::run_status::failed);
    }
  if (const auto stored = recorder.store().finish(summary); !stored)
    code = report_error(stored.error());
  if (!outcome.message.empty()) {
    log.error("{}", outcome.message);
    std::fprintf(stderr, "rhizome: %s\n", outcome.message.c_str());
  }
  std::fputs((json ? results::to_json(summary) + "\n" : results::to_table(summary)).c_str(), stdout);
  return code;
}

int run(const run_arguments& arguments, const config::schema& schema) {
  const auto start = clock::now();
  auto doc = arguments.config.load(schema);
  if (!doc)
    return report_error(doc.error());
  auto run = prepare_run(*doc);
  if (!run)
    return report_error(run.error());
  if (const auto& tls = run->spec.cluster.network.tls)
    if (const auto usable = check_tls_files(tls->authority, tls->certificate, tls->key); !usable)
      return report_error(usable.error());
  const auto figures = std::make_shared<shared_figures>();
  const auto metrics = serve_metrics(arguments.metrics, run->spec, figures);
  if (!metrics)
    return report_error(metrics.error());

  run_facts facts;
  facts.experiment = config::experiment_options::from((*doc)["experiment"]);
  facts.nodes = run->spec.context->nodes;
  facts.threads = run->spec.threads;
  facts.parameters = run->spec.models->layout().parameters;
  const auto recorder = begin_recording(arguments, *doc, schema, *run, figures, facts);
  if (!recorder)
    return report_error(recorder.error());
  const run_log log(facts.directory / results::log_file, (*doc)["runtime"].text("log_level"));
  for (const auto& note : run->notes)
    if (const auto done = (*recorder)->record(note); !done)
      return report_error(done.error());
  run->spec.recorder = *recorder;
  const auto models = run->spec.models;
  facts.seconds_setup = std::chrono::duration<double>(clock::now() - start).count();
  log.info("{} nodes, {} rounds, {} parameters, {} threads", facts.nodes, facts.experiment.rounds, facts.parameters,
           facts.threads);

  const interrupt_guard guard;
  const auto ended = actors::run_experiment(std::move(run->spec), interrupt_guard::count);
  const auto& outcome = ended.outcome;
  if (ended.left ==
      actors::finished_run::ending::untold) { // actors may still be writing: nothing may be touched or taken down
    std::fprintf(stderr, "\nrhizome: %s\n", outcome.message.c_str());
    std::_Exit(exit_code_of(outcome.status));
  }
  const int code = finish(facts, outcome, *models, **recorder, log, arguments.json);
  if (ended.left == actors::finished_run::ending::abandoned) { // everything is stored, but a thread does not end
    std::fflush(nullptr);
    std::_Exit(code);
  }
  return code;
}

} // namespace

void add_run(CLI::App& app, program& shared) {
  auto* command = app.add_subcommand("run", "Run one experiment");
  command->footer("Results go to runs/NAME-HASH: config.toml, results.sqlite, log.txt and model.pt.\n"
                  "Ctrl-C ends the run at the next round boundary and keeps its results; a second one at once.\n"
                  "  rhizome run configs/quickstart.toml\n"
                  "  rhizome run configs/quickstart.toml --set experiment.seed=2 --threads 4 --json\n"
                  "  rhizome run configs/quickstart.toml --hosts a:4711,b:4711");
  auto arguments = std::make_shared<run_arguments>();
  arguments->config.add_to(*command);
  command->add_option("-o,--output", arguments->root, "Directory for the directories of runs")->capture_default_str();
  command->add_option("--threads", arguments->threads, "Trainer threads; the same as --set runtime.threads=N");
  command->add_option("--hosts", arguments->hosts,
                      "Spread the run over these machines, where `rhizome host` listens: a:4711,b:4711");
  arguments->tls.add_to(*command);
  command->add_option("--metrics", arguments->metrics, "Serve figures for Prometheus at ADDRESS:PORT");
  command->add_flag("--json", arguments->json, "Print the summary as JSON");
  command->add_flag("-q,--quiet", arguments->quiet, "No progress");
  command->add_flag("--force", arguments->force, "Replace the results of an earlier run of the same configuration");
  command->add_flag("--again", arguments->again, "Keep them, and run into a new directory");
  command->callback([arguments, &shared] {
    if (arguments->threads)
      arguments->config.overrides.push_back(fmt::format("runtime.threads={}", *arguments->threads));
    const auto set = [&arguments](const char* key, const std::string& value) {
      if (!value.empty())
        arguments->config.overrides.push_back(fmt::format("{}={}", key, value));
    };
    if (!arguments->hosts.empty())
      set("cluster.hosts", fmt::format("[\"{}\"]", fmt::join(split_hosts(arguments->hosts), "\", \"")));
    set("cluster.tls_ca", arguments->tls.authority);
    set("cluster.tls_certificate", arguments->tls.certificate);
    set("cluster.tls_key", arguments->tls.key);
    shared.exit_code = run(*arguments, shared.schema);
  });
}

} // namespace rhizome::cli
