#include "core/data/partition.hpp"

#include <algorithm>
#include <numeric>
#include <span>

#include "core/data/partition_methods.hpp"
#include "core/data/subset.hpp"
#include "core/random.hpp"

namespace rhizome::data {

namespace {

const partition_method* find_method(std::string_view name) {
  const auto found = std::ranges::find(partition_methods(), name, &partition_method::name);
  return found == partition_methods().end() ? nullptr : &*found;
}

/// The samples of each node, ascending; those of `nobody` go to `left_over`.
std::vector<std::vector<std::uint32_t>> group_by_owner(const owners& assigned, std::size_t nodes,
                                                       std::vector<std::uint32_t>& left_over) {
  std::vector<std::uint32_t> sizes(nodes, 0);
  for (const auto node : assigned)
    if (node != nobody)
      ++sizes[node];
  std::vector<std::vector<std::uint32_t>> groups(nodes);
  for (std::size_t node = 0; node < nodes; ++node)
    groups[node].reserve(sizes[node]);
  for (std::uint32_t i = 0; i < assigned.size(); ++i)
    (assigned[i] == nobody ? left_over : groups[assigned[i]]).push_back(i);
  return groups;
}

/// Deals the test samples so that each node gets its training mix of labels: within a class, the t-th of T test
/// samples (in random order) goes to the owner at the same quantile of that class's training samples, sorted by owner.
owners test_owners(const dataset& set, const owners& train, std::uint64_t seed) {
  auto train_order = sort_by_label(set.train, set.classes);
  auto test_order = sort_by_label(set.test, set.classes);
  owners assigned(set.test.count, nobody);
  for (std::size_t c = 0; c + 1 < train_order.begin.size(); ++c) {
    const auto of_class = [c](label_order& sorted) {
      return std::span(sorted.order).subspan(sorted.begin[c], sorted.begin[c + 1] - sorted.begin[c]);
    };
    std::vector<node_id> quantiles;
    for (const auto sample : of_class(train_order))
      if (train[sample] != nobody)
        quantiles.push_back(train[sample]);
    if (quantiles.empty())
      continue;
    std::ranges::sort(quantiles);
    const auto test = of_class(test_order);
    random_stream(seed, purpose::partition, static_cast<std::uint32_t>(draw::test_owners),
                  static_cast<std::uint32_t>(c))
        .shuffle(test);
    for (std::uint64_t t = 0; t < test.size(); ++t)
      assigned[test[t]] = quantiles[(2 * t + 1) * quantiles.size() / (2 * test.size())];
  }
  return assigned;
}

/// Test samples follow their users; those of users without training samples are nobody's.
owners test_owners_by_user(const dataset& set, const owners& train) {
  owners node_of_user(set.users, nobody);
  for (std::size_t i = 0; i < train.size(); ++i)
    node_of_user[set.train.users[i]] = train[i];
  owners assigned;
  assigned.reserve(set.test.count);
  for (const auto user : set.test.users)
    assigned.push_back(node_of_user[user]);
  return assigned;
}

} // namespace

std::vector<config::key> partition_keys() {
  std::vector<std::string> names;
  for (const auto& method : partition_methods())
    names.emplace_back(method.name);
  return {
      {.name = "partition",
       .default_value = std::string("iid"),
       .sentence = "How training samples are spread over nodes: iid (random, equal sizes), contiguous (in the file's "
                   "order), shards (sorted by label, a few slices each), dirichlet (random class proportions), "
                   "by-class (a few classes each), natural (whole users, of data sets that have them), "
                   "natural-contiguous (whole users in the order of their numbers); test samples follow each node's "
                   "mix of labels, or their users.",
       .choices = names},
      {.name = "sizes",
       .default_value = std::vector<double>{},
       .sentence = "Iid, contiguous: the fraction of the training samples that each node gets, one number a node; they "
                   "sum to 1 at most, and what is left belongs to no node. Empty: equal parts.",
       .minimum = 0,
       .maximum = 1,
       .exclusive_minimum = true},
      {.name = "shards",
       .default_value = std::int64_t{2},
       .sentence = "Shards: slices of the samples sorted by label that a node gets.",
       .minimum = 1,
       .maximum = 1e6},
      {.name = "alpha",
       .default_value = 0.5,
       .sentence = "Dirichlet: concentration; small values give a node few classes, large ones approach iid.",
       .minimum = 1e-6,
       .maximum = 1e6},
      {.name = "min_samples",
       .default_value = std::int64_t{0},
       .sentence = "Dirichlet: the least that a node may get, else the split is drawn again; 0: as many as there are "
                   "classes.",
       .unit = "samples",
       .minimum = 0,
       .maximum = 1e9},
      {.name = "classes_per_node",
       .default_value = std::int64_t{2},
       .sentence = "By-class: classes that a node has samples of.",
       .unit = "classes",
       .minimum = 1,
       .maximum = 1e6}};
}

bool needs_labels(std::string_view method) {
  const auto* found = find_method(method);
  return found && found->needs_labels;
}

bool needs_users(std::string_view method) {
  const auto* found = find_method(method);
  return found && found->needs_users;
}

std::string check_sizes(const config::section& data, std::size_t nodes) {
  const auto& sizes = data.reals("sizes");
  if (sizes.empty())
    return {};
  const auto& method = data.text("partition");
  if (const auto* found = find_method(method); found && !found->takes_sizes)
    return fmt::format("\"{}\" makes parts of its own: leave sizes out, or choose data.partition = \"iid\" or "
                       "\"contiguous\"",
                       method);
  if (sizes.size() != nodes)
    return fmt::format("there are {} numbers for experiment.nodes = {}: give one for each node", sizes.size(), nodes);
  if (const double sum = std::accumulate(sizes.begin(), sizes.end(), 0.0); sum > 1 + 1e-9)
    return fmt::format("the fractions sum to {:.10g}; they must sum to 1 at most", sum);
  return {};
}

result<partition> make_partition(const dataset& set, const config::section& data, std::size_t nodes,
                                 std::uint64_t seed) {
  const auto& name = data.text("partition");
  const auto* method = find_method(name);
  if (!method)
    return fail(error_kind::invalid_input, "data.partition = \"{}\" is not known.", name);
  if (method->needs_labels && set.kind == task::regression)
    return fail(error_kind::invalid_input,
                "data.partition = \"{}\" needs class labels, but \"{}\" is a regression data set: use \"iid\" or "
                "\"contiguous\".",
                name, set.name);
  if (method->needs_users && (set.train.users.empty() || set.test.users.empty()))
    return fail(error_kind::invalid_input,
                "data.partition = \"{}\" needs a data set that says whose each sample is, but \"{}\" does not: use "
                "\"iid\" or \"dirichlet\".",
                name, set.name);
  if (nodes == 0 || nodes > set.train.count)
    return fail(error_kind::invalid_input,
                "{} training samples cannot be spread over {} nodes: expected 1 to {} nodes.", set.train.count, nodes,
                set.train.count);

  if (const auto sentence = check_sizes(data, nodes); !sentence.empty())
    return fail(error_kind::invalid_input, "data.sizes: {}.", sentence);

  const auto assigned =
      method->assign({set.train, set.classes, data, static_cast<std::uint32_t>(nodes), seed, set.users});
  if (!assigned)
    return fail(assigned);
  partition parts;
  parts.train = group_by_owner(*assigned, nodes, parts.left_over);
  const auto empty = std::ranges::find_if(parts.train, [](const auto& shard) { return shard.empty(); });
  if (empty != parts.train.end())
    return fail(error_kind::invalid_input,
                "data.partition = \"{}\" leaves node {} without training samples: use fewer nodes or more samples.",
                name, empty - parts.train.begin());
  std::vector<std::uint32_t> unused;
  parts.test = group_by_owner(
      method->needs_users ? test_owners_by_user(set, *assigned) : test_owners(set, *assigned, seed), nodes, unused);
  return parts;
}

result<void> check_shards(const partition& parts, std::size_t batch_size, bool drop_last) {
  if (!drop_last)
    return {};
  const auto smallest = std::ranges::min_element(parts.train, {}, [](const auto& shard) { return shard.size(); });
  if (smallest == parts.train.end() || smallest->size() >= batch_size)
    return {};
  const auto too_small =
      std::ranges::count_if(parts.train, [batch_size](const auto& shard) { return shard.size() < batch_size; });
  return fail(
      error_kind::invalid_input,
      "Node {} has {} training samples, fewer than training.batch_size = {} ({} of {} nodes have too few): lower "
      "the batch size, set training.drop_last = false, or give nodes more samples (fewer nodes, another "
      "data.partition).",
      smallest - parts.train.begin(), smallest->size(), batch_size, too_small, parts.train.size());
}

std::vector<results::histogram_record> label_histograms(const dataset& set, const partition& parts) {
  std::vector<results::histogram_record> histograms;
  if (set.kind == task::regression)
    return histograms;
  histograms.reserve(parts.train.size());
  for (const auto& shard : parts.train) {
    auto& record = histograms.emplace_back();
    record.node = static_cast<node_id>(histograms.size() - 1);
    record.counts.assign(static_cast<std::size_t>(set.classes), 0);
    for (const auto sample : shard)
      ++record.counts[static_cast<std::size_t>(set.train.labels[sample])];
  }
  return histograms;
}

} // namespace rhizome::data
