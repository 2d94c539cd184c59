#include "core/data/subset.hpp"

#include <algorithm>
#include <numeric>

#include "core/random.hpp"

namespace rhizome::data {

namespace {

template <class T>
std::vector<T> pick(const std::vector<T>& from, std::size_t width, std::span<const std::uint32_t> indices) {
  std::vector<T> picked;
  if (from.empty())
    return picked;
  picked.reserve(indices.size() * width);
  for (const std::size_t index : indices) {
    const auto* first = from.data() + index * width;
    picked.insert(picked.end(), first, first + width);
  }
  return picked;
}

} // namespace

std::vector<std::uint32_t> random_subset(std::uint32_t count, std::uint32_t size, std::uint64_t seed, draw what) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  random_stream random(seed, purpose::partition, static_cast<std::uint32_t>(what));
  random.shuffle(std::span(order));
  order.resize(size);
  std::ranges::sort(order);
  return order;
}

samples select(const samples& from, std::size_t features, std::span<const std::uint32_t> indices) {
  samples chosen;
  chosen.count = indices.size();
  std::visit([&](const auto& values) { chosen.features = pick(values, features, indices); }, from.features);
  chosen.labels = pick(from.labels, 1, indices);
  chosen.targets = pick(from.targets, 1, indices);
  chosen.users = pick(from.users, 1, indices);
  return chosen;
}

} // namespace rhizome::data
