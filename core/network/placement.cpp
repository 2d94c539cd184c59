#include "core/network/placement.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "core/config/describe.hpp"

namespace rhizome::network {

namespace {

constexpr auto nowhere = std::numeric_limits<host_id>::max();

/// "7" or "0-15" as first and last node.
std::optional<std::pair<std::uint32_t, std::uint32_t>> parse_range(std::string_view text) {
  const auto number = [](std::string_view digits) -> std::optional<std::uint32_t> {
    std::uint32_t value = 0;
    const auto* end = digits.data() + digits.size();
    const auto [rest, failed] = std::from_chars(digits.data(), end, value);
    return failed == std::errc() && rest == end ? std::optional(value) : std::nullopt;
  };
  const auto dash = text.find('-');
  const auto first = number(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : number(text.substr(dash + 1));
  if (!first || !last || *first > *last)
    return std::nullopt;
  return std::pair(*first, *last);
}

std::string_view trimmed(std::string_view text) {
  const auto begin = std::min(text.find_first_not_of(' '), text.size());
  return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

/// Puts the nodes of one text of a map on a host.
result<void> place_text(std::string_view text, host_id host, std::vector<host_id>& host_of) {
  if (trimmed(text).empty())
    return {}; // a host without nodes
  for (std::string_view rest = text;;) {
    const auto comma = rest.find(',');
    const auto part = trimmed(rest.substr(0, comma));
    const auto range = parse_range(part);
    if (!range)
      return fail(error_kind::invalid_input,
                  "{} in {} is neither a node nor a range of nodes; expected such as \"0-15,32\"", config::quoted(part),
                  config::quoted(text));
    if (range->second >= host_of.size())
      return fail(error_kind::invalid_input, "{} goes beyond the last node, which is {}", config::quoted(part),
                  host_of.size() - 1);
    for (auto node = range->first; node <= range->second; ++node) {
      if (host_of[node] != nowhere)
        return fail(error_kind::invalid_input, "node {} is placed twice; every node is placed once", node);
      host_of[node] = host;
    }
    if (comma == std::string_view::npos)
      return {};
    rest.remove_prefix(comma + 1);
  }
}

/// How many of the nodes each weight gets: the whole part of its share, and those left over by largest remainders, the
/// first of equal ones.
std::vector<std::uint32_t> shares(std::uint32_t nodes, std::span<const double> weights) {
  const double largest = *std::ranges::max_element(weights);
  double sum = 0; // of weights relative to the largest, which cannot overflow
  for (const double w : weights)
    sum += w / largest;
  std::vector<std::uint32_t> result;
  std::vector<double> remainders;
  std::uint32_t given = 0;
  for (const double w : weights) {
    const double share = nodes * (w / largest / sum);
    result.push_back(static_cast<std::uint32_t>(share));
    remainders.push_back(share - std::floor(share));
    given += result.back();
  }
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater(), [&](std::size_t i) { return remainders[i]; });
  for (std::size_t i = 0; given < nodes; ++i, ++given)
    ++result.at(order.at(i));
  return result;
}

} // namespace

placement::placement(std::vector<host_id> host_of, host_id hosts)
    : host_of_(std::move(host_of)), run_end_(host_of_.size()), by_host_(host_of_.size()),
      begin_(std::size_t{hosts} + 1, 0) {
  for (const auto host : host_of_) {
    if (host >= hosts)
      throw std::invalid_argument("a node is placed on a host that does not exist");
    ++begin_[host + 1];
  }
  std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
  auto next = begin_;
  for (node_id node = 0; node < nodes(); ++node)
    by_host_[next[host_of_[node]]++] = node;
  for (node_id node = nodes(); node-- > 0;) {
    const bool last_of_run = node + 1 == nodes() || host_of_[node + 1] != host_of_[node];
    run_end_[node] = last_of_run ? node + 1 : run_end_[node + 1];
  }
}

std::span<const node_id> placement::nodes_of(host_id host) const {
  return std::span(by_host_).subspan(begin_.at(host), begin_.at(host + 1) - begin_.at(host));
}

bool placement::holds(host_id host, std::uint32_t level, node_id first) const {
  const auto end = std::min<std::uint64_t>(first + (std::uint64_t{1} << level), nodes());
  return host_of_.at(first) == host && run_end_[first] >= end;
}

std::vector<subtree> placement::subtrees(host_id host) const {
  std::vector<subtree> result;
  const auto own = nodes_of(host);
  for (std::size_t i = 0; i < own.size();) {
    // Grow from the first node that is not covered: nothing larger that holds it can reach back to a covered one, for
    // then that one's subtree would have grown as far.
    subtree largest{0, own[i]};
    for (;;) {
      const auto width = std::uint64_t{1} << largest.level;
      const auto parent = static_cast<node_id>(largest.first & ~width);
      const bool top = largest.first == 0 && width >= nodes();
      if (top || !holds(host, largest.level + 1, parent))
        break;
      largest = {largest.level + 1, parent};
    }
    result.push_back(largest);
    const auto end = largest.first + (std::uint64_t{1} << largest.level);
    while (i < own.size() && own[i] < end)
      ++i;
  }
  return result;
}

placement place_blocks(std::uint32_t nodes, host_id hosts, std::span<const host_id> carriers) {
  const std::vector<double> equal(carriers.size(), 1.0);
  return place_weighted(nodes, hosts, carriers, equal);
}

placement place_round_robin(std::uint32_t nodes, host_id hosts, std::span<const host_id> carriers) {
  std::vector<host_id> host_of(nodes);
  for (node_id node = 0; node < nodes; ++node)
    host_of[node] = carriers[node % carriers.size()];
  return {std::move(host_of), hosts};
}

placement place_weighted(std::uint32_t nodes, host_id hosts, std::span<const host_id> carriers,
                         std::span<const double> weights) {
  const auto counts = shares(nodes, weights);
  std::vector<host_id> host_of;
  host_of.reserve(nodes);
  for (std::size_t i = 0; i < carriers.size(); ++i)
    host_of.insert(host_of.end(), counts[i], carriers[i]);
  return {std::move(host_of), hosts};
}

result<placement> place_by_map(std::uint32_t nodes, host_id hosts, std::span<const host_id> carriers,
                               std::span<const std::string> map) {
  if (map.size() != carriers.size())
    return fail(error_kind::invalid_input, "expected one text for each of the {} machines that carry nodes, not {}",
                carriers.size(), map.size());
  std::vector<host_id> host_of(nodes, nowhere);
  for (std::size_t i = 0; i < map.size(); ++i)
    if (const auto placed = place_text(map[i], carriers[i], host_of); !placed)
      return fail(placed);
  if (const auto missing = std::ranges::find(host_of, nowhere); missing != host_of.end())
    return fail(error_kind::invalid_input, "node {} is placed nowhere; every node is placed once",
                missing - host_of.begin());
  return placement(std::move(host_of), hosts);
}

} // namespace rhizome::network
