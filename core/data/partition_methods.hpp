#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/schema.hpp"
#include "core/data/dataset.hpp"
#include "core/random.hpp"
#include "core/result.hpp"
#include "core/types.hpp"

namespace rhizome::data {

/// The owner of a sample that no node holds.
inline constexpr node_id nobody = std::numeric_limits<node_id>::max();

/// What a method of partitioning works on. There are as many samples as nodes or more.
struct partition_request {
  const samples& from;
  std::int64_t classes = 0; ///< 0: regression
  const config::section& keys;
  std::uint32_t nodes = 1;
  std::uint64_t seed = 1;
  std::uint32_t users = 0; ///< 0: samples are nobody's

  /// Random numbers of one attempt.
  [[nodiscard]] random_stream random(std::uint32_t attempt = 0) const;
};

/// The node of every sample [samples], or `nobody`: so no method can give one away twice.
using owners = std::vector<node_id>;

/// A choice of `data.partition`, registered by a line in partition_methods.cpp.
struct partition_method {
  std::string_view name;
  bool needs_labels = false;
  bool needs_users = false;
  bool takes_sizes = false; ///< obeys `data.sizes`
  result<owners> (*assign)(const partition_request&) = nullptr;
};

[[nodiscard]] const std::vector<partition_method>& partition_methods();

/// Sample indices grouped by label, in the order of the file within each: `order` is [samples], class c stands at
/// [begin[c], begin[c + 1]).
struct label_order {
  std::vector<std::uint32_t> order;
  std::vector<std::size_t> begin;
};

/// `labels` has one label below `classes` for each sample; regression has none and counts as one class.
[[nodiscard]] label_order sort_by_label(const samples& from, std::int64_t classes);

} // namespace rhizome::data
