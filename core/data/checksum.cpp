#include "core/data/checksum.hpp"

#include <span>

#include <xxhash.h>

namespace rhizome::data {

namespace {

/// The hash so far is the seed of the next part's.
template <class T>
std::uint64_t add(std::uint64_t hash, std::span<const T> values) {
  return XXH3_64bits_withSeed(values.data(), values.size_bytes(), hash);
}

std::uint64_t add(std::uint64_t hash, const samples& s) {
  hash = std::visit([hash](const auto& features) { return add(hash, std::span(features)); }, s.features);
  hash = add(hash, std::span(s.labels));
  hash = add(hash, std::span(s.targets));
  return s.users.empty() ? hash : add(hash, std::span(s.users));
}

} // namespace

std::uint64_t checksum(const dataset& set) {
  auto hash = add(0, std::span(set.shape));
  hash = add(hash, std::span(set.mean));
  hash = add(hash, std::span(set.deviation));
  hash = add(hash, std::span(&set.scale, 1));
  hash = add(hash, set.train);
  hash = add(hash, set.test);
  return set.validation.count == 0 ? hash : add(hash, set.validation);
}

} // namespace rhizome::data
