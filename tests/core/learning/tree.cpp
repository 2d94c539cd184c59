#include "core/learning/tree.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/network/placement.hpp"
#include "core/random.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::learning;

namespace {

/// Sums the items "0", "1", ... that arrive in that order; each addition is written as (left+right). Additions are
/// finished at once or, with a random stream, some time later.
std::optional<std::string> sum(std::uint32_t n, const std::vector<node_id>& order, const std::set<node_id>& absent,
                               random_stream* random = nullptr) {
  tree_sum<std::string> tree(n);
  struct part {
    std::uint32_t level;
    node_id first;
    std::optional<std::string> item;
  };
  std::vector<part> ready;
  ready.reserve(n);
  for (const node_id id : order)
    ready.push_back({0, id, absent.contains(id) ? std::nullopt : std::optional(std::to_string(id))});
  while (!ready.empty()) {
    const auto at = ready.begin() + static_cast<std::ptrdiff_t>(random ? random->below(ready.size()) : 0);
    auto next = std::move(*at);
    ready.erase(at);
    CHECK_FALSE(tree.complete());
    if (const auto addition = tree.put(next.level, next.first, std::move(next.item)))
      ready.push_back({addition->level, addition->first, "(" + addition->left + "+" + addition->right + ")"});
  }
  REQUIRE(tree.complete());
  return tree.total();
}

std::vector<node_id> ids(std::uint32_t n) {
  std::vector<node_id> result(n);
  std::iota(result.begin(), result.end(), 0U);
  return result;
}

/// The bits of the total of random floats, some absent, summed on all hosts of a placement: each host sums what it
/// holds and host `root` makes the total. Leaves, finished additions and sums from other hosts come in any order.
std::optional<std::uint32_t> sum_on_hosts(const std::vector<std::optional<float>>& values,
                                          const network::placement& where, network::host_id root,
                                          random_stream& random) {
  const auto n = static_cast<std::uint32_t>(values.size());
  std::vector<tree_sum<float>> trees;
  for (network::host_id host = 0; host < where.hosts(); ++host)
    trees.push_back(host == root ? tree_sum<float>(n)
                                 : tree_sum<float>(n, [&where, host](std::uint32_t level, node_id first) {
                                     return where.holds(host, level, first);
                                   }));
  struct arrival {
    network::host_id host;
    tree_sum<float>::partial part;
  };
  std::vector<arrival> ready;
  for (node_id node = 0; node < n; ++node)
    ready.push_back({where.host_of(node), {0, node, values[node]}});
  std::vector<std::vector<network::subtree>> escaped(where.hosts());
  while (!ready.empty()) {
    std::swap(ready[random.below(ready.size())], ready.back());
    const auto [host, part] = ready.back();
    ready.pop_back();
    if (const auto next = trees[host].put(part.level, part.first, part.item))
      ready.push_back({host, {next->level, next->first, next->left + next->right}});
    for (const auto& out : trees[host].take_escaped()) {
      escaped[host].push_back({out.level, out.first});
      ready.push_back({root, out});
    }
  }
  for (network::host_id host = 0; host < where.hosts(); ++host) {
    std::ranges::sort(escaped[host], {}, &network::subtree::first);
    CHECK(escaped[host] == (host == root ? std::vector<network::subtree>{} : where.subtrees(host)));
    CHECK(trees[host].complete() == (host == root));
  }
  const auto& total = trees[root].total();
  return total ? std::optional(std::bit_cast<std::uint32_t>(*total)) : std::nullopt;
}

/// The number of items in a sum.
std::size_t leaves(const std::optional<std::string>& total) {
  return total ? static_cast<std::size_t>(std::count(total->begin(), total->end(), '+')) + 1 : 0;
}

} // namespace

TEST_CASE("the tree adds neighbours first") {
  CHECK(*sum(1, ids(1), {}) == "0");
  CHECK(*sum(2, ids(2), {}) == "(0+1)");
  CHECK(*sum(5, ids(5), {}) == "(((0+1)+(2+3))+4)");
  CHECK(*sum(6, ids(6), {}) == "(((0+1)+(2+3))+(4+5))");
  CHECK(*sum(5, ids(5), {0, 4}) == "(1+(2+3))");
  CHECK_FALSE(sum(3, ids(3), {0, 1, 2}));
}

TEST_CASE("the sum does not depend on the order of arrival, whoever is absent") {
  random_stream random(1, purpose::evaluation);
  for (std::uint32_t n = 1; n <= 40; ++n)
    for (int trial = 0; trial < 10; ++trial) {
      std::set<node_id> absent;
      for (node_id id = 0; id < n; ++id)
        if (random.below(10) < static_cast<std::uint64_t>(trial))
          absent.insert(id);
      const auto expected = sum(n, ids(n), absent);
      auto order = ids(n);
      random.shuffle(std::span(order));
      CHECK(sum(n, order, absent, &random) == expected);
      CHECK(leaves(expected) == n - absent.size());
    }
}

TEST_CASE("wherever the nodes are, their floats have the same sum to the last bit") {
  random_stream random(2, purpose::evaluation);
  for (std::uint32_t n = 1; n <= 70; ++n) {
    std::vector<std::optional<float>> values(n);
    for (auto& v : values)
      if (random.below(8) != 0)
        v = static_cast<float>(random.normal() * std::exp(10 * random.normal()));
    const auto alone = sum_on_hosts(values, network::placement(std::vector<network::host_id>(n, 0), 1), 0, random);
    for (int trial = 0; trial < 12; ++trial) {
      const auto hosts = static_cast<network::host_id>(1 + random.below(6));
      std::vector<network::host_id> carriers(hosts);
      std::iota(carriers.begin(), carriers.end(), 0U);
      std::vector<network::host_id> anywhere(n);
      for (auto& host : anywhere)
        host = static_cast<network::host_id>(random.below(hosts));
      const auto root = static_cast<network::host_id>(random.below(hosts));
      CHECK(sum_on_hosts(values, network::placement(anywhere, hosts), root, random) == alone);
      CHECK(sum_on_hosts(values, network::place_blocks(n, hosts, carriers), root, random) == alone);
      CHECK(sum_on_hosts(values, network::place_round_robin(n, hosts, carriers), root, random) == alone);
    }
  }
}

TEST_CASE("parents and children of the tree are the additions of tree_sum") {
  for (std::uint32_t n = 1; n <= 40; ++n) {
    std::vector<int> parents(n, 0);
    for (node_id id = 0; id < n; ++id)
      for (const node_id child : tree_children(id, n)) {
        CHECK(tree_parent(child) == id);
        CHECK(child > id);
        ++parents[child];
      }
    CHECK(parents[0] == 0);
    for (node_id id = 1; id < n; ++id)
      CHECK(parents[id] == 1);
  }
  CHECK(tree_children(0, 6) == std::vector<node_id>{1, 2, 4});
  CHECK(tree_children(4, 6) == std::vector<node_id>{5});
}
