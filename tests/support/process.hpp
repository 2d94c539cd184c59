#pragma once

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace rhizome::tests {

/// A file descriptor that is closed with the object.
class descriptor {
public:
  explicit descriptor(int number = -1) : number_(number) {}
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~descriptor() { close(); }

  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }
  void close() {
    if (is_open())
      ::close(std::exchange(number_, -1));
  }

private:
  int number_;
};

/// Where a program's stderr goes.
enum class error_stream {
  with_output, ///< into the same pipe as stdout
  apart,       ///< into a pipe of its own
  terminal,    ///< to a pseudo-terminal of 120 columns
};

struct process_options {
  std::filesystem::path program;
  std::vector<std::string> arguments = {};
  std::filesystem::path directory = ".";
  error_stream errors = error_stream::with_output;
  /// Changes to the environment: a value, or none to take the variable away.
  std::vector<std::pair<std::string, std::optional<std::string>>> environment = {};
  std::chrono::seconds deadline{110}; ///< for all of the program's life
};

/// A program that runs beside the test and is killed with the object. Every wait is for a condition, and ends at the
/// deadline. Throws std::system_error if the program cannot be started.
class process {
public:
  explicit process(const process_options& options) : deadline_(std::chrono::steady_clock::now() + options.deadline) {
    descriptor child_out;
    descriptor child_errors;
    std::tie(out_.from, child_out) = make_pipe();
    if (options.errors == error_stream::apart)
      std::tie(errors_.from, child_errors) = make_pipe();
    else if (options.errors == error_stream::terminal)
      std::tie(errors_.from, child_errors) = make_terminal();
    start(options, child_out.number(), child_errors.is_open() ? child_errors.number() : child_out.number());
  }
  process(const process&) = delete;
  process& operator=(const process&) = delete;
  ~process() {
    if (status_)
      return;
    signal(SIGKILL);
    waitpid(id_, nullptr, 0);
  }

  [[nodiscard]] pid_t id() const { return id_; }
  void signal(int number) const { kill(id_, number); }

  [[nodiscard]] const std::string& output() const { return out_.text; }
  /// What came to stderr, unless it goes with the output.
  [[nodiscard]] const std::string& errors() const { return errors_.text; }

  /// Reads until `seen()` holds, which may look at output() and errors(). False if the program's streams or its time
  /// end before.
  template <class Condition>
  [[nodiscard]] bool read_until(Condition seen) {
    while (!seen())
      if (!read_some())
        return false;
    return true;
  }

  /// Reads what is still to come and waits for the end: the exit code, 128 + the number of the signal that ended the
  /// program, or nothing if its time was over.
  [[nodiscard]] std::optional<int> wait() {
    while (read_some())
      ;
    if (!status_) {
      pollfd ended{end_.number(), POLLIN, 0};
      if (poll(&ended, 1, milliseconds_left()) != 1)
        return std::nullopt;
      int status = 0;
      waitpid(id_, &status, 0);
      status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    return status_;
  }

private:
  struct stream {
    descriptor from;
    std::string text = {};
  };

  static std::pair<descriptor, descriptor> make_pipe() {
    int ends[2];
    check(pipe2(ends, O_CLOEXEC) == 0, "pipe2");
    return {descriptor(ends[0]), descriptor(ends[1])};
  }

  static std::pair<descriptor, descriptor> make_terminal() {
    descriptor ours(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    check(ours.is_open() && grantpt(ours.number()) == 0 && unlockpt(ours.number()) == 0, "posix_openpt");
    char name[64];
    check(ptsname_r(ours.number(), name, sizeof name) == 0, "ptsname_r");
    descriptor theirs(open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
    const winsize size{.ws_row = 24, .ws_col = 120, .ws_xpixel = 0, .ws_ypixel = 0};
    check(theirs.is_open() && ioctl(theirs.number(), TIOCSWINSZ, &size) == 0, name);
    return {std::move(ours), std::move(theirs)};
  }

  static void check(bool good, const char* what) {
    if (!good)
      throw std::system_error(errno, std::generic_category(), what);
  }

  static std::vector<std::string> changed_environment(const process_options& options) {
    std::vector<std::string> variables;
    for (char** variable = environ; *variable != nullptr; ++variable) {
      const std::string_view text = *variable;
      bool keep = true;
      for (const auto& [name, value] : options.environment)
        keep = keep && !text.starts_with(name + "=");
      if (keep)
        variables.emplace_back(text);
    }
    for (const auto& [name, value] : options.environment)
      if (value)
        variables.push_back(name + "=" + *value);
    return variables;
  }

  static std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    result.reserve(texts.size() + 1);
    for (auto& text : texts)
      result.push_back(text.data());
    result.push_back(nullptr);
    return result;
  }

  void start(const process_options& options, int out, int errors) {
    std::vector<std::string> arguments = {options.program.string()};
    arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
    auto variables = changed_environment(options);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, options.directory.c_str());
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    const int failed = posix_spawn(&id_, options.program.c_str(), &actions, nullptr, pointers(arguments).data(),
                                   pointers(variables).data());
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0)
      throw std::system_error(failed, std::generic_category(), options.program.string());
    // glibc 2.36 declares pidfd_open without C linkage
    end_ = descriptor(static_cast<int>(syscall(SYS_pidfd_open, id_, 0)));
  }

  [[nodiscard]] int milliseconds_left() const {
    const auto left = deadline_ - std::chrono::steady_clock::now();
    return static_cast<int>(std::max<std::int64_t>(0, left / std::chrono::milliseconds(1)));
  }

  /// Appends what has come. False at the end of both streams or of the time.
  bool read_some() {
    pollfd ready[2] = {{out_.from.number(), POLLIN, 0}, {errors_.from.number(), POLLIN, 0}}; // poll leaves out -1
    if ((!out_.from.is_open() && !errors_.from.is_open()) || poll(ready, 2, milliseconds_left()) <= 0)
      return false;
    if (ready[0].revents != 0)
      read(out_);
    if (ready[1].revents != 0)
      read(errors_);
    return true;
  }

  /// A terminal whose program has ended answers with EIO.
  static void read(stream& s) {
    char buffer[4096];
    if (const auto count = ::read(s.from.number(), buffer, sizeof buffer); count > 0)
      s.text.append(buffer, static_cast<std::size_t>(count));
    else
      s.from.close();
  }

  std::chrono::steady_clock::time_point deadline_;
  pid_t id_ = -1;
  descriptor end_;
  stream out_;
  stream errors_;
  std::optional<int> status_;
};

} // namespace rhizome::tests
