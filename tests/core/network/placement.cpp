#include "core/network/placement.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/random.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::network;

namespace {

using ids = std::vector<host_id>;

std::vector<std::size_t> counts(const placement& p) {
  std::vector<std::size_t> result;
  for (host_id host = 0; host < p.hosts(); ++host)
    result.push_back(p.nodes_of(host).size());
  return result;
}

/// Some placement of n nodes: each node on a random host, or runs of random lengths.
placement any_placement(std::uint32_t n, host_id hosts, random_stream& random) {
  ids host_of(n);
  const auto stay = random.below(10);
  for (node_id node = 0; node < n; ++node)
    host_of[node] = node > 0 && random.below(10) < stay ? host_of[node - 1] : static_cast<host_id>(random.below(hosts));
  return {host_of, hosts};
}

/// Holds, as its comment says.
bool holds_every_node(const placement& p, host_id host, std::uint32_t level, node_id first) {
  for (std::uint64_t node = first; node < std::min<std::uint64_t>(first + (std::uint64_t{1} << level), p.nodes());
       ++node)
    if (p.host_of(static_cast<node_id>(node)) != host)
      return false;
  return true;
}

std::string refusal(std::uint32_t nodes, const std::vector<std::string>& map) {
  const ids on{0, 1};
  const auto placed = place_by_map(nodes, 2, on, map);
  REQUIRE_FALSE(placed);
  CHECK(placed.error().kind == error_kind::invalid_input);
  return placed.error().message;
}

} // namespace

TEST_CASE("blocks are consecutive and even, the first ones one larger") {
  const auto p = place_blocks(10, 4, ids{0, 1, 2, 3});
  CHECK(p.hosts_of_nodes() == ids{0, 0, 0, 1, 1, 1, 2, 2, 3, 3});
  CHECK(counts(place_blocks(1000, 7, ids{0, 1, 2, 3, 4, 5, 6})) ==
        std::vector<std::size_t>{143, 143, 143, 143, 143, 143, 142});
  CHECK(place_blocks(3, 3, ids{1, 2}).hosts_of_nodes() == ids{1, 1, 2});
  CHECK(counts(place_blocks(2, 4, ids{0, 1, 2, 3})) == std::vector<std::size_t>{1, 1, 0, 0});
  for (std::uint32_t carriers = 1; carriers <= 60; ++carriers)
    for (const std::uint32_t nodes : {1U, 48U, 59U, 60U, 61U, 4096U}) {
      ids on(carriers);
      for (host_id i = 0; i < carriers; ++i)
        on[i] = i;
      for (host_id i = 0; i < carriers; ++i)
        CHECK(counts(place_blocks(nodes, carriers, on))[i] == nodes / carriers + (i < nodes % carriers ? 1 : 0));
    }
}

TEST_CASE("round robin takes turns") {
  CHECK(place_round_robin(5, 3, ids{0, 1, 2}).hosts_of_nodes() == ids{0, 1, 2, 0, 1});
  CHECK(place_round_robin(3, 3, ids{1, 2}).hosts_of_nodes() == ids{1, 2, 1});
}

TEST_CASE("weights share nodes out by largest remainders") {
  const auto shares = [](std::uint32_t nodes, std::vector<double> weights) {
    ids on;
    for (host_id i = 0; i < weights.size(); ++i)
      on.push_back(i);
    return counts(place_weighted(nodes, static_cast<host_id>(weights.size()), on, weights));
  };
  using sizes = std::vector<std::size_t>;
  CHECK(shares(12, {1, 2, 3}) == sizes{2, 4, 6});
  CHECK(shares(10, {1, 1, 1}) == sizes{4, 3, 3});
  CHECK(shares(10, {0.5, 0, 1}) == sizes{3, 0, 7});      // 3.33, 0, 6.67
  CHECK(shares(7, {1, 4, 4}) == sizes{1, 3, 3});         // 0.78, 3.11, 3.11
  CHECK(shares(5, {1e308, 1e308, 0}) == sizes{3, 2, 0}); // their sum would be infinite
  CHECK(shares(3, {5e-324, 1e308}) == sizes{0, 3});
  random_stream random(1, purpose::evaluation);
  for (int trial = 0; trial < 500; ++trial) {
    std::vector<double> weights(1 + random.below(20));
    for (auto& w : weights)
      w = random.below(4) == 0 ? 0 : random.uniform();
    weights[0] += 0.1;
    const auto nodes = static_cast<std::uint32_t>(1 + random.below(3000));
    double sum = 0;
    for (const double w : weights)
      sum += w;
    std::size_t given = 0;
    const auto got = shares(nodes, weights);
    for (std::size_t i = 0; i < got.size(); ++i) {
      given += got[i];
      CHECK(std::abs(static_cast<double>(got[i]) - nodes * weights[i] / sum) < 1 + 1e-6);
    }
    CHECK(given == nodes);
  }
}

TEST_CASE("a map says which nodes each machine has") {
  const ids on{1, 3};
  const auto p = place_by_map(8, 4, on, std::vector<std::string>{"0-2, 7", "3,4 , 5-6"});
  REQUIRE(p);
  CHECK(p->hosts_of_nodes() == ids{1, 1, 1, 3, 3, 3, 3, 1});
  CHECK(std::ranges::equal(p->nodes_of(1), std::vector<node_id>{0, 1, 2, 7}));
  CHECK(p->nodes_of(0).empty());
  CHECK(place_by_map(2, 4, on, std::vector<std::string>{"", "0-1"}));
}

TEST_CASE("a map that does not fit is refused with a sentence") {
  CHECK(refusal(4, {"0-3"}) == "expected one text for each of the 2 machines that carry nodes, not 1");
  CHECK(refusal(4, {"0-1", "3"}) == "node 2 is placed nowhere; every node is placed once");
  CHECK(refusal(4, {"0-2", "2-3"}) == "node 2 is placed twice; every node is placed once");
  CHECK(refusal(4, {"0-1", "2-4"}) == "\"2-4\" goes beyond the last node, which is 3");
  CHECK(refusal(4, {"0-1", "2-4294967295"}) == "\"2-4294967295\" goes beyond the last node, which is 3");
  for (const std::string part : {"x", "3-2", "-1", "1-", "1-2-3", "4294967296", "1 2", "+1", "0x1"})
    CHECK(refusal(4, {part, "0"}) ==
          fmt::format("\"{0}\" in \"{0}\" is neither a node nor a range of nodes; expected such as \"0-15,32\"", part));
  CHECK(refusal(4, {"0,", "1-3"}) ==
        "\"\" in \"0,\" is neither a node nor a range of nodes; expected such as \"0-15,32\"");
}

TEST_CASE("a host that does not exist is a programmer's error") {
  CHECK_THROWS_AS(placement({0, 2}, 2), std::invalid_argument);
}

TEST_CASE("a host's nodes are in order, and each node is on its host") {
  random_stream random(2, purpose::evaluation);
  for (std::uint32_t n = 1; n <= 70; ++n) {
    const auto p = any_placement(n, 4, random);
    std::size_t seen = 0;
    for (host_id host = 0; host < p.hosts(); ++host) {
      CHECK(std::ranges::is_sorted(p.nodes_of(host)));
      for (const node_id node : p.nodes_of(host))
        CHECK(p.host_of(node) == host);
      seen += p.nodes_of(host).size();
    }
    CHECK(seen == n);
  }
}

TEST_CASE("a host holds a subtree when it has all of its nodes that exist") {
  random_stream random(3, purpose::evaluation);
  for (std::uint32_t n = 1; n <= 70; ++n) {
    const auto p = any_placement(n, 3, random);
    for (host_id host = 0; host < p.hosts(); ++host)
      for (std::uint32_t level = 0; level <= 7; ++level)
        for (std::uint32_t first = 0; first < n; first += 1U << level)
          CHECK(p.holds(host, level, first) == holds_every_node(p, host, level, first));
    CHECK_FALSE(placement({0, 0, 1}, 2).holds(0, 32, 0));
    CHECK(placement({0, 0, 0}, 2).holds(0, 32, 0));
  }
}

TEST_CASE("a host's subtrees are its nodes, once each, in the largest subtrees that it holds") {
  using list = std::vector<subtree>;
  CHECK(placement({0, 0, 0, 0, 1}, 2).subtrees(0) == list{{2, 0}});
  CHECK(placement({0, 0, 0, 0, 1}, 2).subtrees(1) == list{{2, 4}}); // node 4 has no siblings up to there
  CHECK(placement({0, 0, 0, 0, 0}, 2).subtrees(0) == list{{3, 0}});
  CHECK(placement({0, 0, 0, 0, 0}, 2).subtrees(1).empty());
  CHECK(placement({1, 0, 0, 0, 0, 0, 1}, 2).subtrees(0) == list{{0, 1}, {1, 2}, {1, 4}});
  CHECK(placement({0}, 1).subtrees(0) == list{{0, 0}});
  random_stream random(4, purpose::evaluation);
  for (std::uint32_t n = 1; n <= 70; ++n) {
    const auto p = any_placement(n, 3, random);
    for (host_id host = 0; host < p.hosts(); ++host) {
      std::vector<node_id> covered;
      for (const auto& [level, first] : p.subtrees(host)) {
        CHECK(p.holds(host, level, first));
        const auto width = std::uint64_t{1} << level;
        CHECK(first % width == 0);
        if (first != 0 || width < n)
          CHECK_FALSE(p.holds(host, level + 1, static_cast<node_id>(first & ~width)));
        for (auto node = first; node < std::min<std::uint64_t>(first + width, n); ++node)
          covered.push_back(node);
      }
      CHECK(std::ranges::equal(covered, p.nodes_of(host)));
    }
  }
}
