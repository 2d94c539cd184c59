#include "core/learning/sampler.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <vector>

#include "tests/support/doctest.hpp"

using namespace rhizome::learning;

namespace {

using batch_list = std::vector<std::vector<std::uint32_t>>;

std::vector<std::uint32_t> shard_of(std::uint32_t size) {
  std::vector<std::uint32_t> shard(size);
  std::iota(shard.begin(), shard.end(), 100U);
  return shard;
}

std::vector<std::uint32_t> flat(const batch_list& batches) {
  std::vector<std::uint32_t> all;
  for (const auto& batch : batches)
    all.insert(all.end(), batch.begin(), batch.end());
  return all;
}

bool is_permutation_of(std::vector<std::uint32_t> values, const std::vector<std::uint32_t>& shard) {
  std::sort(values.begin(), values.end());
  return values == shard;
}

} // namespace

TEST_CASE("every epoch is a permutation of the shard, and each is another one") {
  batch_sampler sampler;
  sampler.batch_size = 4;
  const auto shard = shard_of(20);
  CHECK(sampler.batches_per_epoch(20) == 5);
  std::set<std::vector<std::uint32_t>> orders;
  for (std::uint64_t epoch = 0; epoch < 5; ++epoch) {
    const auto order = flat(sampler.batches(3, shard, epoch * 5, 5));
    CHECK(is_permutation_of(order, shard));
    orders.insert(order);
  }
  CHECK(orders.size() == 5);
}

TEST_CASE("rounds go on where the last one stopped, over the ends of epochs") {
  batch_sampler sampler;
  sampler.batch_size = 4;
  sampler.drop_last = false;
  const auto shard = shard_of(18);
  const auto at_once = sampler.batches(1, shard, 0, 30);
  batch_list in_rounds;
  for (std::uint64_t round = 0; round < 10; ++round)
    for (auto& batch : sampler.batches(1, shard, round * 3, 3))
      in_rounds.push_back(std::move(batch));
  CHECK(in_rounds == at_once);
  CHECK(sampler.batches_per_epoch(18) == 5);
  CHECK(at_once[4].size() == 2);
  CHECK(at_once[5].size() == 4);
}

TEST_CASE("an incomplete batch is left out, or kept as the last of its epoch") {
  batch_sampler sampler;
  const auto shard = shard_of(20); // batches of 8
  CHECK(sampler.batches_per_epoch(20) == 2);
  for (const auto& batch : sampler.batches(0, shard, 0, 10))
    CHECK(batch.size() == 8);
  sampler.drop_last = false;
  CHECK(is_permutation_of(flat(sampler.batches(0, shard, 0, 3)), shard));
  // A shard smaller than a batch is one batch, or none.
  CHECK(is_permutation_of(flat(sampler.batches(0, shard_of(3), 7, 1)), shard_of(3)));
  CHECK(sampler.batches(0, {}, 0, 2).empty());
  sampler.drop_last = true;
  CHECK(sampler.batches_per_epoch(3) == 0);
  CHECK(sampler.batches(0, shard_of(3), 0, 2).empty());
}

TEST_CASE("a fresh permutation begins each round, and a round longer than the shard draws several") {
  batch_sampler sampler;
  sampler.how = sampling::fresh_each_round;
  sampler.batch_size = 4;
  sampler.batches_per_round = 3;
  const auto shard = shard_of(20); // 5 batches, of which a round sees 3
  const auto first = flat(sampler.batches(0, shard, 0, 3));
  const auto second = flat(sampler.batches(0, shard, 3, 3));
  CHECK(std::set(first.begin(), first.end()).size() == 12);
  CHECK(std::set(second.begin(), second.end()).size() == 12);
  CHECK(first != second);
  sampler.batches_per_round = 12;
  std::set<std::vector<std::uint32_t>> orders;
  for (std::uint64_t round = 0; round < 3; ++round) {
    const auto batches = sampler.batches(0, shard, round * 12, 12);
    for (const std::ptrdiff_t pass : {0, 1}) {
      const auto order = flat({batches.begin() + 5 * pass, batches.begin() + 5 * (pass + 1)});
      CHECK(is_permutation_of(order, shard));
      orders.insert(order);
    }
  }
  CHECK(orders.size() == 6);
}

TEST_CASE("batches are a function of seed and node") {
  batch_sampler sampler;
  const auto shard = shard_of(64);
  const auto reference = sampler.batches(0, shard, 0, 8);
  CHECK(sampler.batches(0, shard, 0, 8) == reference);
  CHECK(sampler.batches(1, shard, 0, 8) != reference);
  sampler.seed = 2;
  CHECK(sampler.batches(0, shard, 0, 8) != reference);
}
