#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/results/plot.hpp"

namespace rhizome::results {

namespace {

struct close_file {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

/// A file without a name that goes away by itself. Files, not pipes: neither side can wait for the other.
using temporary_file = std::unique_ptr<std::FILE, close_file>;

std::string read_all(std::FILE* file) {
  std::rewind(file);
  std::string content;
  char buffer[65'536];
  while (const std::size_t n = std::fread(buffer, 1, sizeof buffer, file))
    content.append(buffer, n);
  return content;
}

/// Runs a program with the three standard streams given and waits for it: its wait status, or an errno value in `code`.
int run(const char* program, std::FILE* in, std::FILE* out, std::FILE* err, int& code) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ::fileno(in), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ::fileno(out), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ::fileno(err), STDERR_FILENO);
  std::string name = program, plain = "-d"; // -d: the user's own settings do not change the figure
  char* arguments[] = {name.data(), plain.data(), nullptr};
  pid_t child = 0;
  code = ::posix_spawnp(&child, program, &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  while (code == 0 && ::waitpid(child, &status, 0) < 0)
    code = errno == EINTR ? 0 : errno;
  return status;
}

} // namespace

result<std::string> run_gnuplot(std::string_view script, const char* program) {
  const temporary_file in(std::tmpfile()), out(std::tmpfile()), err(std::tmpfile());
  if (!in || !out || !err || std::fwrite(script.data(), 1, script.size(), in.get()) != script.size() ||
      std::fflush(in.get()) != 0)
    return fail(error_kind::failed, "Cannot write a temporary file for gnuplot: {}.", std::strerror(errno));
  std::rewind(in.get());

  int code = 0;
  const int status = run(program, in.get(), out.get(), err.get(), code);
  if (code == ENOENT)
    return fail(error_kind::failed, "gnuplot, which draws the figures, is not installed: apt-get install gnuplot-nox.");
  if (code != 0)
    return fail(error_kind::failed, "Cannot run gnuplot: {}.", std::strerror(code));
  auto figure = read_all(out.get());
  if (status != 0 || figure.empty())
    return fail(error_kind::failed, "gnuplot could not draw the figure: {}", read_all(err.get()));
  return figure;
}

} // namespace rhizome::results
