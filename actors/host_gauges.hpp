#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/host_figures.hpp"
#include "actors/link_counters.hpp"
#include "core/network/placement.hpp"
#include "core/types.hpp"

namespace rhizome::actors {

/// What a host does, for others to read at any moment.
struct host_gauges {
  /// Its nodes have trained and shared all rounds before it; the largest number: they have not been told where to
  /// begin.
  std::atomic<round_number> reached{0};
  std::shared_ptr<std::atomic<std::uint64_t>> jobs_waiting = std::make_shared<std::atomic<std::uint64_t>>(0);
  const std::vector<link_counters_ptr> links; ///< [hosts] the own place counts nothing

  explicit host_gauges(std::size_t hosts) : links(make_counters(hosts)) {}

private:
  static std::vector<link_counters_ptr> make_counters(std::size_t hosts) {
    std::vector<link_counters_ptr> made(hosts);
    for (auto& counters : made)
      counters = std::make_shared<link_counters>();
    return made;
  }
};

/// A host's part in a run, for whoever tells about it.
struct run_part {
  std::string run;                ///< its name
  std::vector<std::string> hosts; ///< [hosts] of the run
  network::host_id index = 0;     ///< of this one among them
  std::uint32_t nodes = 0;        ///< that are placed here
  std::shared_ptr<const host_gauges> gauges;
  std::shared_ptr<const std::atomic<std::uint64_t>> jobs_done;

  /// Fills in what is of the run: all but failures, and jobs are added to those that are there.
  void tell(host_figures& figures) const;
};

} // namespace rhizome::actors
