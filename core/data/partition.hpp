#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/schema.hpp"
#include "core/data/dataset.hpp"
#include "core/result.hpp"
#include "core/results/records.hpp"

namespace rhizome::data {

/// Which node holds which samples, as ascending indices into the data set.
struct partition {
  /// [nodes]: each training sample is in exactly one of them or in `left_over`; none is empty.
  std::vector<std::vector<std::uint32_t>> train;
  /// [nodes]: disjoint shares of the test set with each node's own mix of labels, for evaluation on local data. Test
  /// samples are dealt within each class in proportion to the training samples of that class that a node has
  /// (regression: in proportion to all it has). Empty where there are too few for everybody.
  std::vector<std::vector<std::uint32_t>> test;
  /// Training samples that no node holds: of classes that nobody was given (by-class), or what `data.sizes` leaves.
  std::vector<std::uint32_t> left_over;
};

/// The keys of [data] that say how samples are spread over nodes: "partition" and its parameters.
[[nodiscard]] std::vector<config::key> partition_keys();

/// Whether the method of that name (a choice of `data.partition`) needs class labels.
[[nodiscard]] bool needs_labels(std::string_view method);

/// Whether it needs to know whose each sample is.
[[nodiscard]] bool needs_users(std::string_view method);

/// What is wrong with `data.sizes` for so many nodes, as a sentence; empty if nothing.
[[nodiscard]] std::string check_sizes(const config::section& data, std::size_t nodes);

/// Spreads the samples over `nodes` nodes as [data] says: a pure function of its arguments.
///
/// - iid: a random order, cut into equal parts, or into those of `sizes`;
/// - contiguous: the order of the file, cut in the same way;
/// - shards: sorted by label (stably), cut into nodes x `shards` equal parts, of which each node gets `shards` at
/// random
///   (McMahan et al., "Communication-efficient learning of deep networks from decentralized data", 2017, section 3);
/// - dirichlet: for each class the nodes' proportions are one draw from Dir(alpha x 1), where a node that has its
///   nodes-th part of all samples gets no more; drawn again until every node has `min_samples` (Li et al.,
///   "Federated learning on non-IID data silos", 2022, section IV; Yurochkin et al., 2019);
/// - by-class: each node has `classes_per_node` classes, each class the same number of nodes up to one, and the nodes
///   of a class share its samples equally;
/// - natural: users in a random order, cut into equal parts; a node has all samples of its users, in the test set too
///   (Caldas et al., "LEAF: a benchmark for federated settings", 2019);
/// - natural-contiguous: the same with users in the order of their numbers.
///
/// "Equal" means that sizes differ by at most one: what does not divide goes to the first parts, one sample each.
///
/// Errors: invalid_input if a node would get no samples or fewer than the method asks for, or if labels or users are
/// missing.
[[nodiscard]] result<partition> make_partition(const dataset& set, const config::section& data, std::size_t nodes,
                                               std::uint64_t seed);

/// Refuses shards that hold no batch: with `drop_last` (training.drop_last), each has to have `batch_size` samples.
[[nodiscard]] result<void> check_shards(const partition& parts, std::size_t batch_size, bool drop_last);

/// How many training samples of each class every node has, in order of nodes; empty for regression.
[[nodiscard]] std::vector<results::histogram_record> label_histograms(const dataset& set, const partition& parts);

} // namespace rhizome::data
