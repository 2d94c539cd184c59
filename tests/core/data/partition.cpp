#include "core/data/partition.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "tests/core/data/support.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::tests;

namespace {

using method_keys = std::vector<std::pair<std::string, config::value>>;

/// `count` training samples and a fifth of it for testing, of `classes` classes that take turns.
data::dataset labelled(std::size_t count, std::int32_t classes) {
  data::dataset set;
  set.shape = {1};
  set.classes = classes;
  const auto fill = [classes](data::samples& of, std::size_t n) {
    of.count = n;
    of.features = std::vector<float>(n);
    for (std::size_t i = 0; i < n; ++i)
      of.labels.push_back(static_cast<std::int32_t>(i * 7 % static_cast<std::size_t>(classes)));
  };
  fill(set.train, count);
  fill(set.test, count / 5);
  return set;
}

config::section section(const std::string& method, const method_keys& values = {}) {
  auto made = data_section("fashion-mnist", values);
  made.set("partition", method);
  return made;
}

data::partition split(const data::dataset& set, const config::section& how, std::size_t nodes, std::uint64_t seed = 1) {
  auto parts = data::make_partition(set, how, nodes, seed);
  REQUIRE_MESSAGE(parts.has_value(), (parts ? "" : parts.error().message));
  return *parts;
}

std::string split_error(const data::dataset& set, const config::section& how, std::size_t nodes) {
  const auto parts = data::make_partition(set, how, nodes, 1);
  REQUIRE_FALSE(parts);
  CHECK(parts.error().kind == error_kind::invalid_input);
  return parts.error().message;
}

/// How often each index occurs in the shares and `left_over` together.
std::vector<int> occurrences(const std::vector<std::vector<std::uint32_t>>& shares,
                             const std::vector<std::uint32_t>& left_over, std::size_t count) {
  std::vector<int> seen(count);
  for (const auto& share : shares)
    for (const auto i : share)
      ++seen.at(i);
  for (const auto i : left_over)
    ++seen.at(i);
  return seen;
}

std::pair<std::size_t, std::size_t> smallest_and_largest(const data::partition& parts) {
  const auto [low, high] = std::ranges::minmax(parts.train, {}, [](const auto& shard) { return shard.size(); });
  return {low.size(), high.size()};
}

std::size_t labels_in(const data::dataset& set, const std::vector<std::uint32_t>& shard) {
  std::set<std::int32_t> labels;
  for (const auto i : shard)
    labels.insert(set.train.labels[i]);
  return labels.size();
}

} // namespace

TEST_CASE("every method gives each sample to one node at most, in ascending order, and again with the same seed") {
  const auto set = labelled(1'003, 10);
  for (const std::string method : {"iid", "contiguous", "shards", "dirichlet", "by-class"}) {
    CAPTURE(method);
    const auto how = section(method);
    const auto parts = split(set, how, 12);
    CHECK(parts.train.size() == 12);
    CHECK(parts.test.size() == 12);
    CHECK(occurrences(parts.train, parts.left_over, 1'003) == std::vector<int>(1'003, 1));
    CHECK(parts.left_over.empty());
    CHECK(occurrences(parts.test, {}, 200) == std::vector<int>(200, 1));
    CHECK(std::ranges::all_of(parts.train, [](const auto& shard) { return std::ranges::is_sorted(shard); }));
    CHECK(split(set, how, 12).train == parts.train);
    CHECK(split(set, how, 12).test == parts.test);
    CHECK((split(set, how, 12, 2).train == parts.train) == (method == "contiguous"));
  }
}

TEST_CASE("every method gives a single node everything") {
  const auto set = labelled(100, 10);
  std::vector<std::uint32_t> all(100);
  std::iota(all.begin(), all.end(), 0U);
  for (const std::string method : {"iid", "contiguous", "shards", "dirichlet"}) {
    CAPTURE(method);
    const auto parts = split(set, section(method), 1);
    CHECK(parts.train.front() == all);
    CHECK(parts.test.front().size() == 20);
  }
}

TEST_CASE("iid and contiguous shards differ by one sample at most") {
  const auto set = labelled(1'003, 10);
  for (const std::string method : {"iid", "contiguous"})
    CHECK(smallest_and_largest(split(set, section(method), 12)) == std::pair<std::size_t, std::size_t>{83, 84});
  const auto parts = split(set, section("contiguous"), 12);
  CHECK(parts.train[0].back() == 83);
  CHECK(parts.train[11].front() == 1'003 - 83);
}

TEST_CASE("sizes are each node's fraction of the samples, and nothing is over if they sum to 1") {
  const auto set = labelled(1'003, 10);
  const std::vector<double> tenths(10, 0.1); // whose sum in floating point is below 1
  for (const std::string method : {"iid", "contiguous"}) {
    const auto parts = split(set, section(method, {{"sizes", tenths}}), 10);
    CHECK(parts.left_over.empty());
    CHECK(smallest_and_largest(parts) == std::pair<std::size_t, std::size_t>{100, 101});
    CHECK(occurrences(parts.train, {}, 1'003) == std::vector<int>(1'003, 1));
  }
  const auto parts = split(set, section("contiguous", {{"sizes", std::vector{0.5, 0.125, 0.25}}}), 3);
  CHECK(parts.train[0].size() == 502);
  CHECK(parts.train[1].size() == 125);
  CHECK(parts.train[1].front() == 502);
  CHECK(parts.train[2].size() == 251);
  CHECK(parts.left_over.size() == 125);
  CHECK(parts.left_over.front() == 878);
  CHECK(parts.test[0].size() > 3 * parts.test[1].size()); // shares of the test set follow
  const auto random = split(set, section("iid", {{"sizes", std::vector{0.75, 0.25}}}), 2);
  CHECK(random.train[0].size() == 752);
  CHECK(labels_in(set, random.train[1]) == 10);
}

TEST_CASE("sizes that cannot work are refused with the reason") {
  const auto set = labelled(100, 10);
  const auto refusal = [&](const std::string& method, std::vector<double> sizes) {
    return split_error(set, section(method, {{"sizes", std::move(sizes)}}), 3);
  };
  CHECK(contains(refusal("iid", {0.5, 0.5}), "data.sizes: there are 2 numbers for experiment.nodes = 3"));
  CHECK(contains(refusal("iid", {0.5, 0.5, 0.25}), "the fractions sum to 1.25; they must sum to 1 at most"));
  CHECK(contains(refusal("shards", {0.5, 0.25, 0.25}), "\"shards\" makes parts of its own: leave sizes out"));
  CHECK(contains(refusal("contiguous", {0.5, 0.001, 0.25}), "leaves node 1 without training samples"));
  CHECK(split(set, section("iid", {{"sizes", std::vector{0.5, 0.25, 0.25 + 1e-10}}}), 3).left_over.empty());
}

TEST_CASE("shards: each node has k slices of the sorted samples") {
  const auto set = labelled(6'000, 10);
  const auto parts = split(set, section("shards", {{"shards", std::int64_t{2}}}), 50);
  CHECK(smallest_and_largest(parts) == std::pair<std::size_t, std::size_t>{120, 120});
  std::map<std::size_t, int> nodes_with;
  for (const auto& shard : parts.train)
    ++nodes_with[labels_in(set, shard)];
  CHECK(nodes_with.rbegin()->first == 2); // 100 slices of 60 fit 600 samples a class: a slice has one label
  CHECK(nodes_with[2] > 25);
  CHECK(contains(split_error(set, section("shards", {{"shards", std::int64_t{200}}}), 50),
                 "data.shards = 200 for each of 50 nodes makes 10000 shards"));
}

TEST_CASE("dirichlet: small alpha skews labels, large alpha does not, and nobody gets less than the minimum") {
  const auto set = labelled(20'000, 10);
  const auto largest_share = [&set](double alpha) {
    const auto parts = split(set, section("dirichlet", {{"alpha", alpha}, {"min_samples", std::int64_t{40}}}), 20);
    CHECK(smallest_and_largest(parts).first >= 40);
    double sum = 0;
    for (const auto& record : data::label_histograms(set, parts)) {
      const auto total = std::accumulate(record.counts.begin(), record.counts.end(), std::uint64_t{0});
      sum += static_cast<double>(std::ranges::max(record.counts)) / static_cast<double>(total);
    }
    return sum / 20;
  };
  CHECK(largest_share(0.1) > 0.4);
  CHECK(largest_share(10'000) < 0.12);
}

TEST_CASE("dirichlet: the default minimum is the number of classes, and what cannot be met is said") {
  const auto set = labelled(2'000, 10);
  CHECK(smallest_and_largest(split(set, section("dirichlet"), 20)).first >= 10);
  CHECK(contains(split_error(set, section("dirichlet"), 201), "data.min_samples = 10 for each of 201 nodes"));
  const auto message = split_error(set, section("dirichlet", {{"alpha", 1e-6}}), 100);
  CHECK(contains(message, "raise data.alpha (now 1e-06)"));
}

TEST_CASE("by-class: each node has exactly so many classes, and each class about the same number of nodes") {
  const auto set = labelled(6'000, 10);
  const auto parts = split(set, section("by-class", {{"classes_per_node", std::int64_t{3}}}), 25);
  std::vector<int> holders(10);
  for (const auto& record : data::label_histograms(set, parts)) {
    int classes = 0;
    for (std::size_t c = 0; c < 10; ++c)
      if (record.counts[c] > 0) {
        ++classes;
        ++holders[c];
      }
    CHECK(classes == 3);
  }
  CHECK(std::ranges::min(holders) == 7);
  CHECK(std::ranges::max(holders) == 8);
  CHECK(contains(split_error(set, section("by-class", {{"classes_per_node", std::int64_t{11}}}), 25),
                 "has only 10 classes"));
}

TEST_CASE("by-class: samples of classes that nobody has are left over") {
  const auto set = labelled(600, 10);
  const auto parts = split(set, section("by-class", {{"classes_per_node", std::int64_t{2}}}), 3);
  CHECK(parts.left_over.size() == 240);
  CHECK(occurrences(parts.train, parts.left_over, 600) == std::vector<int>(600, 1));
  std::set<std::int32_t> trained, tested;
  for (const auto& shard : parts.train)
    for (const auto i : shard)
      trained.insert(set.train.labels[i]);
  for (const auto& share : parts.test)
    for (const auto i : share)
      tested.insert(set.test.labels[i]);
  CHECK(trained.size() == 6);
  CHECK(tested == trained);
}

TEST_CASE("a node's test samples have the mix of labels that it trains on") {
  const auto set = labelled(10'000, 10);
  for (const std::string method : {"iid", "shards", "dirichlet", "by-class"}) {
    CAPTURE(method);
    const auto parts = split(set, section(method), 10);
    const auto histograms = data::label_histograms(set, parts);
    for (std::size_t node = 0; node < 10; ++node) {
      std::vector<double> tested(10);
      for (const auto i : parts.test[node])
        ++tested[static_cast<std::size_t>(set.test.labels[i])];
      for (std::size_t c = 0; c < 10; ++c) // a fifth as many test as training samples
        CHECK(std::abs(tested[c] - static_cast<double>(histograms[node].counts[c]) / 5) <= 1);
    }
  }
}

TEST_CASE("a regression data set is split without labels, and only so") {
  const auto set = data::load(data_section("synthetic-regression"), 8, 1);
  REQUIRE(set);
  const auto parts = split(*set, section("iid"), 8);
  CHECK(smallest_and_largest(parts) == std::pair<std::size_t, std::size_t>{100, 100});
  CHECK(std::ranges::all_of(parts.test, [](const auto& share) { return share.size() == 125; }));
  CHECK(data::label_histograms(*set, parts).empty());
  CHECK(contains(split_error(*set, section("shards"), 8), "is a regression data set"));
}

TEST_CASE("more nodes than samples are refused") {
  const auto set = labelled(10, 2);
  CHECK(split(set, section("iid"), 10).train.size() == 10);
  CHECK(contains(split_error(set, section("iid"), 11), "10 training samples cannot be spread over 11 nodes"));
}

TEST_CASE("shards smaller than a batch are refused unless incomplete batches are kept") {
  const auto parts = split(labelled(100, 10), section("iid"), 12); // 4 of 9 and 8 of 8 samples
  CHECK(data::check_shards(parts, 8, true));
  CHECK(data::check_shards(parts, 9, false));
  const auto refused = data::check_shards(parts, 9, true);
  REQUIRE_FALSE(refused);
  CHECK(
      contains(refused.error().message, "Node 4 has 8 training samples, fewer than training.batch_size = 9 (8 of 12"));
  CHECK(contains(refused.error().message, "training.drop_last = false"));
}

TEST_CASE("16,384 nodes with 16 samples each are split by every method that can") {
  const auto set = labelled(std::size_t{16} * 16'384, 10);
  for (const std::string method : {"iid", "contiguous", "shards", "by-class"})
    CHECK(split(set, section(method), 16'384).train.size() == 16'384);
  CHECK(split(set, section("dirichlet", {{"min_samples", std::int64_t{1}}, {"alpha", 10.0}}), 16'384).train.size() ==
        16'384);
}
