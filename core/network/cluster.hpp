#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/config/schema.hpp"
#include "core/network/endpoint.hpp"
#include "core/network/placement.hpp"

namespace rhizome::network {

/// [cluster]. Its check needs [experiment] and [algorithm]. No result depends on it, so a run's hash leaves it out.
[[nodiscard]] config::section_schema cluster_schema();

/// How nodes are placed on the machines that carry some.
enum class placement_kind : std::uint8_t {
  blocks,      ///< consecutive ids, equally many each: neighbours in a ring or a grid meet on one machine
  round_robin, ///< node i on machine i modulo their number
  weighted,    ///< consecutive ids, as many as weights or cores say: machines that are not equally fast
  by_map,      ///< as `map` says
};

struct cluster_options {
  std::vector<endpoint> hosts; ///< the lent machines, hosts 1 to m of the run; empty: everything in this process
  bool local = true;           ///< host 0, the process that starts the run, carries nodes too
  placement_kind kind = placement_kind::blocks;
  std::vector<double> weights;  ///< [carriers], or empty: the cores
  std::vector<std::string> map; ///< [carriers] with placement_kind::by_map
  std::chrono::duration<double> liveness{};
  std::chrono::duration<double> join_timeout{};
  std::chrono::duration<double> retry{};
  std::string tls_ca; ///< files; all three or none
  std::string tls_certificate;
  std::string tls_key;
  bool allow_mixed = false;
  std::size_t chunk = 0;    ///< bytes of a fragment in one message at most
  std::uint32_t window = 0; ///< chunks of a link on their way at once

  /// The section has passed its check; throws std::logic_error where it has not.
  [[nodiscard]] static cluster_options from(const config::section& s);

  [[nodiscard]] bool tls() const noexcept { return !tls_ca.empty(); }
  /// Hosts of the run: the process that starts it and those lent.
  [[nodiscard]] host_id host_count() const noexcept { return static_cast<host_id>(hosts.size() + 1); }
  /// The hosts that carry nodes, ascending: what weights and map are about, in this order.
  [[nodiscard]] std::vector<host_id> carriers() const;

  /// Which node is on which host. `nodes` are those of all roles; `cores` [host_count()] counts where there are no
  /// weights. An error, of kind invalid_input, only where a map does not fit.
  [[nodiscard]] result<placement> place(std::uint32_t nodes, std::span<const std::uint32_t> cores) const;
};

} // namespace rhizome::network
