#pragma once

// Senders of one sum and what they send: for tests of masks and of their recovery.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "core/random.hpp"
#include "core/sharing/secure/masking.hpp"

namespace rhizome::test {

inline constexpr std::uint64_t group_seed = 21;

[[nodiscard]] inline std::shared_ptr<const sharing::secure::key_ring> keys_of_node(node_id node) {
  using namespace sharing::secure;
  return std::make_shared<const key_ring>(node, simulated_secret(group_seed, node), simulated_directory(group_seed));
}

[[nodiscard]] inline learning::snapshot vector_of(const std::vector<float>& values) {
  auto made = std::make_shared<learning::flat_vector>(values.size());
  std::ranges::copy(values, made->values().begin());
  return made;
}

[[nodiscard]] inline std::vector<float> normals(std::size_t size, node_id node, double scale = 1) {
  random_stream random(group_seed, purpose::synthetic_data, node);
  std::vector<float> values(size);
  for (float& v : values)
    v = static_cast<float>(scale * random.normal());
  return values;
}

/// What each sender sends of its model.
[[nodiscard]] inline std::vector<learning::fragment> masked(const sharing::secure::fixed_point& format,
                                                            const sharing::secure::group& g,
                                                            const std::vector<std::vector<float>>& models,
                                                            const std::vector<double>& weights) {
  std::vector<learning::fragment> all;
  for (std::size_t i = 0; i < g.senders.size(); ++i) {
    const auto input = vector_of(models[i]);
    const auto encoder = sharing::secure::masking_encoder(format, weights[i], g, keys_of_node(g.senders[i]));
    all.push_back({g.senders[i], g.sum.round, learning::fragment_kind::model, false, encoder->encode({&input, 1})});
  }
  return all;
}

/// The weighted sum of entry k in integers, and as a float.
[[nodiscard]] inline float fixed_sum(unsigned fraction_bits, const std::vector<std::pair<double, float>>& terms) {
  std::int64_t sum = 0;
  for (const auto& [weight, x] : terms)
    sum += static_cast<std::int64_t>(std::nearbyint(weight * static_cast<double>(x) * std::exp2(fraction_bits)));
  return static_cast<float>(static_cast<double>(sum) / std::exp2(fraction_bits));
}

} // namespace rhizome::test
