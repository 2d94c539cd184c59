#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/results/store.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/process.hpp"

namespace rhizome::tests {

// Runs over real processes of `rhizome host`. Every wait is for a condition, and ends at a deadline.

/// Asks again and again until the condition holds; false if it did not within the limit.
template <class Condition>
[[nodiscard]] bool holds_within(std::chrono::milliseconds limit, Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

/// Puts a command in front of a program, which becomes that program.
inline void run_through(process_options& options, std::vector<std::string> command) {
  command.push_back(options.program.string());
  options.program = command.front();
  options.arguments.insert(options.arguments.begin(), command.begin() + 1, command.end());
}

/// For run_through: the program is killed with the test, even when that is killed itself.
inline const std::vector<std::string> end_with_test = {"/usr/bin/setpriv", "--pdeathsig", "KILL"};

/// Where a host listens, and what else it is told.
struct host_start {
  std::string listen = "127.0.0.1:0";
  std::vector<std::string> options = {};
  std::string network = {}; ///< file of the network namespace in which it runs; empty: that of the test
};

/// A `rhizome host` that can be reached; it is killed with the object.
class lent_host {
public:
  explicit lent_host(std::filesystem::path directory, host_start start = {})
      : directory_(std::move(directory)), start_(std::move(start)), process_(spawn()) {
    REQUIRE_MESSAGE(process_->read_until([this] { return !find_address().empty(); }), process_->output());
    address_ = start_.listen = find_address();
  }

  /// "127.0.0.1:PORT"
  [[nodiscard]] const std::string& address() const { return address_; }
  /// The program; not after kill().
  [[nodiscard]] process& program() { return *process_; }
  void signal(int number) const { process_->signal(number); }
  /// Ends it with SIGKILL, and waits until it is gone.
  void kill() {
    process_->signal(SIGKILL);
    process_.reset();
  }
  /// Starts it again at the same address.
  void restart() {
    process_ = spawn();
    REQUIRE_MESSAGE(process_->read_until([this] { return !find_address().empty(); }), process_->output());
  }

private:
  [[nodiscard]] std::unique_ptr<process> spawn() const {
    std::vector<std::string> arguments = {"host", "--listen", start_.listen};
    arguments.insert(arguments.end(), start_.options.begin(), start_.options.end());
    auto options = rhizome_process(arguments, directory_);
    if (!start_.network.empty())
      run_through(options, {"/usr/bin/nsenter", "--net=" + start_.network});
    run_through(options, end_with_test);
    options.deadline = std::chrono::minutes(4);
    return std::make_unique<process>(options);
  }

  /// What stands behind "listening on", once the line is complete.
  [[nodiscard]] std::string find_address() const {
    constexpr std::string_view words = "listening on ";
    const auto& text = process_->output();
    const auto at = text.find(words);
    const auto end = text.find('\n', at);
    return at == text.npos || end == text.npos ? "" : text.substr(at + words.size(), end - at - words.size());
  }

  std::filesystem::path directory_;
  host_start start_;
  std::unique_ptr<process> process_;
  std::string address_;
};

/// "a:1,b:2" for --hosts.
[[nodiscard]] inline std::string addresses_of(const std::vector<const lent_host*>& hosts) {
  std::vector<std::string> all;
  all.reserve(hosts.size());
  for (const auto* host : hosts)
    all.push_back(host->address());
  return fmt::format("{}", fmt::join(all, ","));
}

/// What `rhizome hosts --json` says about one; it has "error" where the host does not answer.
[[nodiscard]] inline nlohmann::json ask_host(const std::string& address, const std::filesystem::path& directory,
                                             const std::vector<std::string>& options = {}) {
  std::vector<std::string> arguments = {"hosts", address, "--json", "--patience", "2"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  return nlohmann::json::parse(run_rhizome(arguments, directory).output).at(0);
}

/// Whether the host says within the limit that it is in no run.
[[nodiscard]] inline bool becomes_idle(const std::string& address, const std::filesystem::path& directory,
                                       std::chrono::milliseconds limit, const std::vector<std::string>& options = {}) {
  return holds_within(limit, [&] { return ask_host(address, directory, options).value("state", "") == "idle"; });
}

/// A `rhizome run` beside the test, in a directory of its own; it is killed with the object.
class background_run {
public:
  /// `arguments` follow "run"; results go to a new directory.
  explicit background_run(std::vector<std::string> arguments, const std::filesystem::path& directory)
      : program_(options(std::move(arguments), directory, scratch_.path())) {}

  [[nodiscard]] process& program() { return program_; }

  /// What is stored so far; nothing before the store has been made.
  [[nodiscard]] std::optional<results::store> open_store() const {
    for (const auto& run : std::filesystem::directory_iterator(scratch_.path()))
      if (auto opened = results::store::open(run.path()))
        return std::move(*opened);
    return std::nullopt;
  }
  [[nodiscard]] std::size_t rounds_stored() const {
    const auto store = open_store();
    return store ? store->rounds().value_or(std::vector<results::round_record>()).size() : 0;
  }
  [[nodiscard]] bool stores_rounds(std::size_t count, std::chrono::milliseconds limit) const {
    return holds_within(limit, [&] { return rounds_stored() >= count; });
  }
  [[nodiscard]] std::vector<results::event_record> events() const {
    const auto store = open_store();
    return store ? store->events().value_or(std::vector<results::event_record>())
                 : std::vector<results::event_record>();
  }
  /// The first event of that kind; none: it has not happened.
  [[nodiscard]] std::optional<results::event_record> find_event(std::string_view kind) const {
    for (const auto& event : events())
      if (event.kind == kind)
        return event;
    return std::nullopt;
  }
  [[nodiscard]] bool notes(std::string_view kind, std::chrono::milliseconds limit) const {
    return holds_within(limit, [&] { return find_event(kind).has_value(); });
  }

  /// Waits for the end, at most for the process' deadline; the exit code, -1: it did not end.
  [[nodiscard]] int wait() { return program_.wait().value_or(-1); }
  /// The summary of a run that has ended.
  [[nodiscard]] nlohmann::json summary() const { return nlohmann::json::parse(program_.output()); }

private:
  static process_options options(std::vector<std::string> arguments, const std::filesystem::path& directory,
                                 const std::filesystem::path& results) {
    arguments.insert(arguments.begin(), "run");
    arguments.insert(arguments.end(), {"--json", "--quiet", "--output", results.string()});
    auto made = rhizome_process(arguments, directory);
    made.errors = error_stream::apart;
    made.deadline = std::chrono::minutes(3);
    run_through(made, end_with_test);
    return made;
  }

  scratch_directory scratch_;
  process program_;
};

} // namespace rhizome::tests
