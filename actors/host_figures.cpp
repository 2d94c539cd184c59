#include "actors/host_figures.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <thread>

#include <unistd.h>

#include "actors/host_gauges.hpp"

namespace rhizome::actors {

namespace {

/// Resident memory of this process, in bytes.
std::uint64_t resident_memory() {
  std::uint64_t all_pages = 0;
  std::uint64_t resident_pages = 0;
  if (!(std::ifstream("/proc/self/statm") >> all_pages >> resident_pages))
    return 0;
  return resident_pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

} // namespace

host_figures measure_machine() {
  host_figures f;
  f.cores = std::max(1U, std::thread::hardware_concurrency());
  f.memory_bytes = resident_memory();
  double minute = 0;
  if (getloadavg(&minute, 1) == 1)
    f.load = minute;
  return f;
}

void run_part::tell(host_figures& figures) const {
  figures.state = "running";
  figures.run = run;
  figures.nodes = nodes;
  figures.jobs_done += jobs_done->load();
  if (const auto reached = gauges->reached.load(); reached != std::numeric_limits<round_number>::max())
    figures.round = reached;
  figures.jobs_waiting = gauges->jobs_waiting->load();
  for (network::host_id peer = 0; peer < hosts.size(); ++peer) {
    const auto& c = *gauges->links[peer];
    if (peer != index)
      figures.links.push_back({hosts[peer], c.bytes_sent, c.bytes_received, c.fragments_sent, c.fragments_received,
                               c.fragments_refused, c.fragments_queued});
  }
}

} // namespace rhizome::actors
