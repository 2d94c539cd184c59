#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "core/types.hpp"

namespace rhizome::learning {

// The binary tree over node ids in which vectors are summed: at level l the node at a multiple of 2^(l+1) takes in what
// the node 2^l further on has. It does not depend on where nodes are placed, so neither does the rounding.

/// The node that takes in `id`'s sum; `id` is not 0.
[[nodiscard]] constexpr node_id tree_parent(node_id id) {
  return id & (id - 1);
}

/// The nodes whose sums `id` takes in, among n nodes, in the order of summation.
[[nodiscard]] inline std::vector<node_id> tree_children(node_id id, std::uint32_t n) {
  std::vector<node_id> result;
  for (std::uint64_t width = 1; (id & width) == 0 && id + width < n; width *= 2)
    result.push_back(static_cast<node_id>(id + width));
  return result;
}

/// Sums n items in that tree while they arrive in any order: says which two to add next. `Item` stands for a vector; an
/// absent one adds nothing. Complete subtrees are added as early as possible, so few items wait.
///
/// Where nodes are spread over machines, one machine makes the total, and each other one sums its own subtrees and
/// hands those sums out, to be put in there: the same additions, so the same bits, wherever the nodes are.
template <class Item>
class tree_sum {
public:
  /// Whether this machine has all items of a subtree, those of [first, first + 2^level) that exist.
  using holds_function = std::function<bool(std::uint32_t level, node_id first)>;

  /// Null `holds`: the total is made here. Otherwise it is made elsewhere, of what take_escaped() hands out.
  explicit tree_sum(std::uint32_t n, holds_function holds = {}) : n_(n), holds_(std::move(holds)) {}

  struct addition {
    std::uint32_t level = 0; ///< of the sum
    node_id first = 0;       ///< the sum's place
    Item left;
    Item right;
  };

  /// The sum of a whole subtree.
  struct partial {
    std::uint32_t level = 0;
    node_id first = 0;
    std::optional<Item> item; ///< empty: every item of the subtree was absent
  };

  /// A leaf (level 0), a finished addition, or a partial sum from another machine. Returns the addition that has become
  /// possible, if any.
  [[nodiscard]] std::optional<addition> put(std::uint32_t level, node_id first, std::optional<Item> item) {
    for (;;) {
      const std::uint64_t width = std::uint64_t{1} << level;
      const bool top = first == 0 && width >= n_;
      if (top && !holds_) {
        total_ = std::move(item);
        complete_ = true;
        return std::nullopt;
      }
      const bool is_left = (first & width) == 0;
      const auto sibling = is_left ? first + width : first - width;
      const auto parent = static_cast<node_id>(is_left ? first : sibling);
      if (holds_ && (top || !holds_(level + 1, parent))) {
        escaped_.push_back({level, first, std::move(item)});
        return std::nullopt;
      }
      if (sibling >= n_) { // no right half: goes up alone
        first = parent;
        ++level;
        continue;
      }
      const auto waiting = waiting_.extract({level, static_cast<node_id>(sibling)});
      if (waiting.empty()) {
        waiting_.emplace(std::pair{level, first}, std::move(item));
        return std::nullopt;
      }
      auto& other = waiting.mapped();
      if (item && other) {
        auto& left = is_left ? item : other;
        auto& right = is_left ? other : item;
        return addition{level + 1, parent, std::move(*left), std::move(*right)};
      }
      if (!item)
        item = std::move(other);
      first = parent;
      ++level;
    }
  }

  /// All items are in, and the total is here. It is empty if every item was absent.
  [[nodiscard]] bool complete() const noexcept { return complete_; }
  [[nodiscard]] const std::optional<Item>& total() const noexcept { return total_; }

  /// With `holds`: the sums since the last call that nothing more is added to here, for the machine that makes the
  /// total. In the end they are the largest subtrees that are held.
  [[nodiscard]] std::vector<partial> take_escaped() { return std::exchange(escaped_, {}); }

private:
  std::uint32_t n_;
  holds_function holds_;
  std::vector<partial> escaped_;
  std::map<std::pair<std::uint32_t, node_id>, std::optional<Item>> waiting_;
  std::optional<Item> total_;
  bool complete_ = false;
};

} // namespace rhizome::learning
