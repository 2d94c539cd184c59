#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rhizome::actors {

/// What a host tells about its link to one other host, since the link was made.
struct link_figures {
  std::string peer; ///< "10.0.0.2:4711"
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t fragments_sent = 0;
  std::uint64_t fragments_received = 0;
  std::uint64_t fragments_refused = 0; ///< wrong size, unknown node, old round
  std::uint64_t fragments_queued = 0;  ///< waiting for credit now
};

/// What a host tells about itself: for `rhizome hosts` and for Prometheus.
struct host_figures {
  std::string state = "idle"; ///< "idle" or "running"
  std::string run;            ///< name of the run; empty while idle
  std::uint32_t nodes = 0;    ///< of this run, here
  std::uint32_t round = 0;    ///< the last one that all nodes here have completed
  std::uint32_t cores = 0;
  std::uint64_t jobs_done = 0;    ///< since the host started
  std::uint64_t jobs_waiting = 0; ///< in the queue now
  std::uint64_t failures = 0;     ///< hosts lost and runs failed since the host started
  std::uint64_t memory_bytes = 0; ///< resident
  double load = 0;                ///< processes that want to run, mean over a minute
  std::vector<link_figures> links;
};

/// Cores, memory and load as they are now; memory and load are 0 where the kernel does not tell.
[[nodiscard]] host_figures measure_machine();

} // namespace rhizome::actors
