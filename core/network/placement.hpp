#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/types.hpp"

namespace rhizome::network {

/// A host's number within a run: 0 is the process that starts it, 1 to m are those lent, in order of `cluster.hosts`.
using host_id = std::uint32_t;

/// A part of the tree in which vectors are summed (core/learning/tree.hpp): the nodes from `first` on, below
/// first + 2^level, as far as they exist.
struct subtree {
  std::uint32_t level = 0;
  node_id first = 0;

  friend bool operator==(const subtree&, const subtree&) = default;
};

/// Which node is on which host. Immutable; the same on every host of a run.
class placement {
public:
  /// `host_of`: [nodes], each below `hosts`. Throws std::invalid_argument otherwise.
  placement(std::vector<host_id> host_of, host_id hosts);

  [[nodiscard]] std::uint32_t nodes() const noexcept { return static_cast<std::uint32_t>(host_of_.size()); }
  /// Number of hosts, those without nodes included.
  [[nodiscard]] host_id hosts() const noexcept { return static_cast<host_id>(begin_.size() - 1); }

  [[nodiscard]] host_id host_of(node_id node) const { return host_of_.at(node); }
  [[nodiscard]] const std::vector<host_id>& hosts_of_nodes() const noexcept { return host_of_; }
  /// In ascending order.
  [[nodiscard]] std::span<const node_id> nodes_of(host_id host) const;

  /// Whether every node of the subtree that exists is on that host; `first` is a node. In constant time.
  [[nodiscard]] bool holds(host_id host, std::uint32_t level, node_id first) const;

  /// The largest subtrees that a host holds, in ascending order: together its nodes. A subtree whose right half does
  /// not exist counts as large as the tree makes it, for its sum goes up unchanged.
  [[nodiscard]] std::vector<subtree> subtrees(host_id host) const;

private:
  std::vector<host_id> host_of_;
  std::vector<node_id> run_end_;   ///< [nodes] the first later node on another host, or the number of nodes
  std::vector<node_id> by_host_;   ///< [nodes] host by host
  std::vector<std::size_t> begin_; ///< [hosts + 1] where a host's nodes begin in by_host_
};

// The ways of placing nodes. `carriers` are the hosts that carry nodes, ascending, not empty, each below `hosts`.

/// Consecutive ids, equally many on each carrier; the first ones have one more.
[[nodiscard]] placement place_blocks(std::uint32_t nodes, host_id hosts, std::span<const host_id> carriers);

/// Node i on carrier i modulo their number.
[[nodiscard]] placement place_round_robin(std::uint32_t nodes, host_id hosts, std::span<const host_id> carriers);

/// Consecutive ids, as many as each carrier's share of the weights, rounded by largest remainders. `weights`
/// [carriers]: finite, not negative, not all zero.
[[nodiscard]] placement place_weighted(std::uint32_t nodes, host_id hosts, std::span<const host_id> carriers,
                                       std::span<const double> weights);

/// As said: for each carrier a text such as "0-15,32", or an empty one. Every node stands in exactly one of them.
/// Errors are of kind invalid_input.
[[nodiscard]] result<placement> place_by_map(std::uint32_t nodes, host_id hosts, std::span<const host_id> carriers,
                                             std::span<const std::string> map);

} // namespace rhizome::network
