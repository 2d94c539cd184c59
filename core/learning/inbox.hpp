#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <tuple>

#include "core/learning/fragment.hpp"

namespace rhizome::learning {

/// Fragments that wait for their round, keyed by (round, sender, kind). On a graph that changes each round they come
/// several rounds early, so nothing of a future round is ever dropped; the run-ahead window bounds how many there are.
class inbox {
public:
  /// Keeps the fragment. Returns false, and keeps the old one, if there is one with that key already and the new one
  /// does not say that it may replace it.
  bool put(fragment f) {
    const key_type key{f.round, f.sender, f.kind};
    const auto [place, added] = fragments_.try_emplace(key);
    if (!added && !f.replaceable)
      return false;
    place->second = std::move(f);
    return true;
  }

  [[nodiscard]] bool contains(round_number round, node_id sender, fragment_kind kind = fragment_kind::model) const {
    return fragments_.contains({round, sender, kind});
  }

  /// The fragment, which stays; null if there is none.
  [[nodiscard]] const fragment* find(round_number round, node_id sender,
                                     fragment_kind kind = fragment_kind::model) const {
    const auto found = fragments_.find({round, sender, kind});
    return found == fragments_.end() ? nullptr : &found->second;
  }

  /// Takes the fragment out.
  [[nodiscard]] std::optional<fragment> take(round_number round, node_id sender,
                                             fragment_kind kind = fragment_kind::model) {
    auto node = fragments_.extract({round, sender, kind});
    if (node.empty())
      return std::nullopt;
    return std::move(node.mapped());
  }

  [[nodiscard]] std::size_t size() const noexcept { return fragments_.size(); }

private:
  using key_type = std::tuple<round_number, node_id, fragment_kind>;
  std::map<key_type, fragment> fragments_;
};

} // namespace rhizome::learning
