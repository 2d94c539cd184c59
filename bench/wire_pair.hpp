#pragma once

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <future>
#include <iostream>
#include <string>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

namespace rhizome::bench {

/// What every side of bench_wire carries: parcels with a LeNet each, cut into chunks.
struct traffic {
  std::size_t parcel = 0;                     ///< bytes
  std::size_t chunk = std::size_t{256} << 10; ///< bytes; the last one of a parcel is what is left
  std::size_t window = std::size_t{2} << 20;  ///< bytes on their way at once, where somebody keeps to it
  std::size_t models = 48;                    ///< different ones that are sent in turn: more than a cache holds
  std::size_t warm = 600;                     ///< parcels before the clock starts
  std::size_t timed = 4000;                   ///< parcels after it

  [[nodiscard]] std::size_t parcels() const { return warm + timed; }
};

[[noreturn]] inline void give_up(const std::string& why) {
  std::cerr << "bench_wire: " << why << '\n';
  std::_Exit(1);
}

inline void must(bool good, const char* what) {
  if (!good) {
    std::perror(what);
    give_up("a call of the system failed");
  }
}

/// Seconds of all of this process' threads: its own code, and the kernel's on its behalf.
struct processor_time {
  double user = 0;
  double system = 0;

  static processor_time now() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    return {seconds(used.ru_utime), seconds(used.ru_stime)};
  }
  processor_time operator-(const processor_time& start) const { return {user - start.user, system - start.system}; }
};

/// The receiving process: counts what arrives, and tells the sending one. One thread counts while another one waits.
class receiver {
public:
  receiver(const traffic& load, int tell)
      : starts_at_(load.warm * load.parcel), ends_at_(load.parcels() * load.parcel), tell_(tell) {}

  void listen(std::uint16_t port) const { dprintf(tell_, "%u\n", unsigned{port}); }
  void count(std::size_t bytes) {
    const auto before = arrived_;
    arrived_ += bytes;
    if (before < starts_at_ && arrived_ >= starts_at_)
      start_ = clock::now();
    if (before < ends_at_ && arrived_ >= ends_at_)
      seconds_.set_value(std::chrono::duration<double>(clock::now() - start_).count());
  }
  [[nodiscard]] bool has_all() const { return arrived_ >= ends_at_; }

  /// Waits for the last byte and tells how long it took since the warm-up. The sender ends this process then: taking
  /// it down in order is no part of the measurement.
  [[noreturn]] void finish() {
    const double seconds = seconds_.get_future().get();
    const auto used = processor_time::now() - started_with_;
    dprintf(tell_, "%.17g %.17g %.17g\n", seconds, used.user, used.system);
    for (;;)
      pause();
  }

private:
  using clock = std::chrono::steady_clock;
  std::size_t starts_at_;
  std::size_t ends_at_;
  int tell_;
  processor_time started_with_ = processor_time::now();
  std::size_t arrived_ = 0;
  clock::time_point start_;
  std::promise<double> seconds_;
};

/// The sending process: waits for the receiving one and reports.
class sender {
public:
  sender(const traffic& load, FILE* told, pid_t other) : load_(load), told_(told), receiver_(other) {
    if (std::fscanf(told_, "%hu", &port_) != 1)
      give_up("the receiver does not listen");
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }

  /// Waits until everything has arrived, prints GB/s and each side's processor seconds for one GB, and ends both
  /// processes.
  [[noreturn]] void finish() const {
    double seconds = 0;
    processor_time theirs;
    if (std::fscanf(told_, "%lf %lf %lf", &seconds, &theirs.user, &theirs.system) != 3)
      give_up("the receiver failed");
    const auto ours = processor_time::now() - started_with_;
    kill(receiver_, SIGKILL);
    waitpid(receiver_, nullptr, 0);
    const auto gigabytes = 1e-9 * static_cast<double>(load_.parcel);
    const auto all = gigabytes * static_cast<double>(load_.parcels());
    const nlohmann::json measured{{"rate", gigabytes * static_cast<double>(load_.timed) / seconds},
                                  {"sender_user", ours.user / all},
                                  {"sender_system", ours.system / all},
                                  {"receiver_user", theirs.user / all},
                                  {"receiver_system", theirs.system / all}};
    std::puts(measured.dump().c_str());
    std::fflush(stdout);
    std::_Exit(0);
  }

private:
  traffic load_;
  FILE* told_;
  pid_t receiver_;
  std::uint16_t port_ = 0;
  processor_time started_with_ = processor_time::now();
};

/// One way to carry the traffic. Both functions end with finish().
struct carrier {
  std::function<void(receiver&)> receive;
  std::function<void(const sender&)> send;
};

/// Lets a new process receive and this one send.
[[noreturn]] inline void measure(const traffic& load, const carrier& way) {
  constexpr unsigned patience = 100; // seconds
  int ends[2];
  must(pipe(ends) == 0, "pipe");
  const auto parent = getpid();
  const auto child = fork();
  must(child >= 0, "fork");
  alarm(patience);
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
      std::_Exit(1);
    receiver here(load, ends[1]);
    way.receive(here);
  } else {
    close(ends[1]);
    const sender here(load, fdopen(ends[0], "r"), child);
    way.send(here);
  }
  std::_Exit(1); // neither comes here
}

} // namespace rhizome::bench
