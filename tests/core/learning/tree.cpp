#include "core/learning/tree.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <vector>

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
