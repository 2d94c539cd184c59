#pragma once

#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include "tests/cli/program.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/process.hpp"

namespace rhizome::tests {

/// A network of its own, without a name: the kernel takes it away when nobody is in it and the object is gone, however
/// the test ends.
class network_namespace {
public:
  /// Throws std::system_error if that is not permitted.
  network_namespace() {
    const descriptor own = open_current();
    check(unshare(CLONE_NEWNET) == 0, "unshare");
    file_ = open_current();
    enter(own);
  }

  /// The calling thread, and what it starts, is in that network as long as the object lives.
  class visit {
  public:
    explicit visit(const network_namespace& where) : back_(open_current()) { enter(where.file_); }
    visit(const visit&) = delete;
    visit& operator=(const visit&) = delete;
    ~visit() { setns(back_.number(), CLONE_NEWNET); }

  private:
    descriptor back_;
  };

  /// For programs: its file, while this process lives.
  [[nodiscard]] std::string file() const { return fmt::format("/proc/{}/fd/{}", getpid(), file_.number()); }

private:
  static descriptor open_current() {
    descriptor opened(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    check(opened.is_open(), "/proc/thread-self/ns/net");
    return opened;
  }
  static void enter(const descriptor& where) { check(setns(where.number(), CLONE_NEWNET) == 0, "setns"); }
  static void check(bool good, const char* what) {
    if (!good)
      throw std::system_error(errno, std::generic_category(), what);
  }

  descriptor file_;
};

/// Runs a command of /bin/sh in a network, which has to succeed.
inline void run_inside(const network_namespace& where, const std::string& command) {
  const network_namespace::visit visit(where);
  const auto ran = run_shell("PATH=$PATH:/usr/sbin:/sbin; " + command, "/");
  REQUIRE_MESSAGE(ran.code == 0, command << ": " << ran.output);
}

/// Machines on one switch, 10.77.0.2 and following, joined by veth; the test is at 10.77.0.1 while the object lives.
class switched_network {
public:
  explicit switched_network(std::size_t machines) : machines_(machines) {
    run_inside(switch_, "ip link set lo up && ip link add br0 type bridge && ip addr add 10.77.0.1/24 dev br0 && "
                        "ip link set br0 up");
    for (std::size_t i = 0; i < machines; ++i) {
      run_inside(switch_, fmt::format("ip link add port{0} type veth peer name eth0 netns {1} && "
                                      "ip link set port{0} master br0 up",
                                      i, machines_[i].file()));
      run_inside(machines_[i],
                 fmt::format("ip link set lo up && ip addr add {}/24 dev eth0 && ip link set eth0 up", address(i)));
    }
    here_.emplace(switch_);
  }

  /// Why there can be none here; nothing: there can.
  [[nodiscard]] static std::optional<std::string> objection() {
    try {
      const network_namespace tried;
      const network_namespace::visit visit(tried);
      const auto ran = run_shell("PATH=$PATH:/usr/sbin:/sbin; ip link add br0 type bridge && "
                                 "ip link add port0 type veth peer name eth0 && iptables -A INPUT -s 10.77.0.9 -j DROP",
                                 "/");
      if (ran.code != 0)
        return "iproute2 or iptables does not work here: " + ran.output;
    } catch (const std::system_error& e) {
      return fmt::format("no network namespace can be made here: {}", e.what());
    }
    return std::nullopt;
  }

  [[nodiscard]] static std::string address(std::size_t machine) { return fmt::format("10.77.0.{}", machine + 2); }
  [[nodiscard]] const network_namespace& machine(std::size_t i) const { return machines_.at(i); }

  /// Drops every packet between two machines, in both directions.
  void cut(std::size_t a, std::size_t b) const {
    run_inside(machines_.at(a),
               fmt::format("iptables -A INPUT -s {0} -j DROP && iptables -A OUTPUT -d {0} -j DROP", address(b)));
  }
  void heal(std::size_t a) const { run_inside(machines_.at(a), "iptables -F"); }
  /// Pulls a machine's cable, or puts it back.
  void unplug(std::size_t i) const { run_inside(switch_, fmt::format("ip link set port{} down", i)); }
  void plug(std::size_t i) const { run_inside(switch_, fmt::format("ip link set port{} up", i)); }

private:
  network_namespace switch_;
  std::vector<network_namespace> machines_;
  std::optional<network_namespace::visit> here_;
};

} // namespace rhizome::tests
