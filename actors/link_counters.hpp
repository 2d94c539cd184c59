#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace rhizome::actors {

/// What a link has carried, for others to read at any moment.
struct link_counters {
  std::atomic<std::uint64_t> bytes_sent{0};     ///< chunks with CAF's framing, without TLS and TCP
  std::atomic<std::uint64_t> bytes_received{0}; ///< likewise
  std::atomic<std::uint64_t> fragments_sent{0};
  std::atomic<std::uint64_t> fragments_received{0};
  std::atomic<std::uint64_t> fragments_refused{0}; ///< wrong size or checksum, unknown node, old round
  std::atomic<std::uint64_t> fragments_dropped{0}; ///< not sent, because the other host is lost
  std::atomic<std::uint64_t> fragments_queued{0};  ///< now
};
using link_counters_ptr = std::shared_ptr<link_counters>;

} // namespace rhizome::actors
