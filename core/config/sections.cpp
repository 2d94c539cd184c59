#include "core/config/sections.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

namespace rhizome::config {

namespace {

constexpr std::int64_t most_nodes = 1'000'000;
constexpr std::int64_t most_rounds = 1'000'000'000;
constexpr double longest_wait = 1e7; // seconds; a third of a year

std::vector<problem> check_experiment(const document& doc) {
  const auto& name = doc["experiment"].text("name");
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  const bool usable = !name.empty() && name.size() <= 100 && plain(name.front()) &&
                      std::ranges::all_of(name, [&](char c) { return plain(c) || c == '.' || c == '-'; });
  if (usable)
    return {};
  return {{"experiment.name", "it becomes a directory's name; expected 1 to 100 letters, digits, '_', '-' "
                              "or '.', the first a letter, a digit or '_'"}};
}

std::vector<problem> check_evaluation(const document& doc) {
  if (doc["evaluation"].text("set") != "validation" || doc["data"].real("validation") > 0)
    return {};
  return {{"evaluation.set", "there is no validation set: set data.validation to the fraction that is held out, or "
                             "choose \"test\""}};
}

template <class T>
T number(const section& s, std::string_view name) {
  return static_cast<T>(s.integer(name));
}

} // namespace

section_schema experiment_schema() {
  return {.name = "experiment",
          .sentence = "What is run: its name, its size and its random numbers.",
          .keys = {{.name = "name",
                    .default_value = std::string("experiment"),
                    .sentence = "The run's name, the first part of its directory under runs/."},
                   {.name = "seed",
                    .default_value = std::int64_t{1},
                    .sentence = "Seed of every random number of the run; the same seed gives the same bits.",
                    .minimum = 0},
                   {.name = "nodes",
                    .default_value = std::int64_t{16},
                    .sentence = "Number of learning nodes.",
                    .minimum = 1,
                    .maximum = most_nodes},
                   {.name = "rounds",
                    .default_value = std::int64_t{20},
                    .sentence = "Number of communication rounds.",
                    .minimum = 1,
                    .maximum = most_rounds}},
          .check = check_experiment};
}

section_schema evaluation_schema() {
  return {.name = "evaluation",
          .sentence = "When, where and on how much test data the models are evaluated.",
          .keys = {{.name = "every",
                    .default_value = std::int64_t{10},
                    .sentence = "Rounds from one evaluation to the next; 0 evaluates only at the end.",
                    .unit = "rounds",
                    .minimum = 0,
                    .maximum = most_rounds},
                   {.name = "nodes",
                    .default_value = std::int64_t{16},
                    .sentence = "How many nodes are evaluated, drawn once per run; 0, or more than there are: all.",
                    .minimum = 0,
                    .maximum = most_nodes},
                   {.name = "samples",
                    .default_value = std::int64_t{2000},
                    .sentence = "Test samples of each evaluation during the run, drawn once per run; 0, or more than "
                                "there are: all.",
                    .minimum = 0},
                   {.name = "final_samples",
                    .default_value = std::int64_t{0},
                    .sentence = "Test samples of the evaluation at the end; 0, or more than there are: all.",
                    .unit = "samples",
                    .minimum = 0},
                   {.name = "consensus",
                    .default_value = true,
                    .sentence = "Also evaluate the average of all models and the consensus distance to it."},
                   {.name = "on",
                    .default_value = std::string("global"),
                    .sentence = "The test data: the whole test set, each node's own share of it, both, or none.",
                    .choices = {"global", "local", "both", "none"}},
                   {.name = "set",
                    .default_value = std::string("test"),
                    .sentence = "What evaluations during the run take for global test data: the test set, or the "
                                "validation set that data.validation holds out. The one at the end takes the test set.",
                    .choices = {"test", "validation"}}},
          .check = check_evaluation};
}

section_schema runtime_schema() {
  return {.name = "runtime",
          .sentence = "How the run uses this machine, and what it does when something goes wrong.",
          .keys = {{.name = "threads",
                    .default_value = std::int64_t{0},
                    .sentence = "Threads that train and evaluate; 0 takes one per core. No result depends on it.",
                    .minimum = 0,
                    .maximum = 1024},
                   {.name = "run_ahead",
                    .default_value = std::int64_t{2},
                    .sentence = "How many rounds the fastest node may be ahead of the slowest; it bounds memory.",
                    .unit = "rounds",
                    .minimum = 1,
                    .maximum = 1'000'000},
                   {.name = "stall_timeout",
                    .default_value = 300.0,
                    .sentence = "A run without any progress for so long ends with an error that names who waits for "
                                "whom.",
                    .unit = "seconds",
                    .minimum = 0,
                    .maximum = longest_wait,
                    .exclusive_minimum = true},
                   {.name = "grace",
                    .default_value = 10.0,
                    .sentence = "How long the parts of a run may take to end in order before they are killed.",
                    .unit = "seconds",
                    .minimum = 0,
                    .maximum = longest_wait,
                    .exclusive_minimum = true},
                   {.name = "on_nonfinite",
                    .default_value = std::string("stop"),
                    .sentence = "A node whose parameters turn NaN or infinite ends the run, or is recorded and takes "
                                "no further part.",
                    .choices = {"stop", "isolate"}},
                   {.name = "on_failure",
                    .default_value = std::string("abort"),
                    .sentence = "When a machine of the run is lost, the run ends, or the nodes on the others go on "
                                "without its nodes. In a run on one machine it has no effect.",
                    .choices = {"abort", "continue"}},
                   {.name = "log_level",
                    .default_value = std::string("info"),
                    .sentence = "The least serious messages that are written to log.txt.",
                    .choices = {"trace", "debug", "info", "warning", "error", "critical", "off"}}}};
}

experiment_options experiment_options::from(const section& s) {
  return {.name = s.text("name"),
          .seed = number<std::uint64_t>(s, "seed"),
          .nodes = number<std::uint32_t>(s, "nodes"),
          .rounds = number<std::uint32_t>(s, "rounds")};
}

evaluation_options evaluation_options::from(const section& s) {
  const auto& on = s.text("on");
  return {.every = number<std::uint32_t>(s, "every"),
          .nodes = number<std::uint32_t>(s, "nodes"),
          .samples = number<std::uint64_t>(s, "samples"),
          .final_samples = number<std::uint64_t>(s, "final_samples"),
          .consensus = s.boolean("consensus"),
          .on = on == "both"    ? evaluation_data::both
                : on == "local" ? evaluation_data::local
                : on == "none"  ? evaluation_data::none
                                : evaluation_data::global,
          .on_validation = s.text("set") == "validation"};
}

runtime_options runtime_options::from(const section& s) {
  const auto threads = number<unsigned>(s, "threads");
  return {.threads = threads > 0 ? threads : std::max(1u, std::thread::hardware_concurrency()),
          .run_ahead = number<std::uint32_t>(s, "run_ahead"),
          .stall_timeout = std::chrono::duration<double>(s.real("stall_timeout")),
          .grace = std::chrono::duration<double>(s.real("grace")),
          .on_nonfinite = s.text("on_nonfinite") == "isolate" ? nonfinite_policy::isolate : nonfinite_policy::stop,
          .on_failure = s.text("on_failure") == "continue" ? failure_policy::go_on : failure_policy::abort,
          .log_level = s.text("log_level")};
}

} // namespace rhizome::config
