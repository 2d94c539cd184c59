#pragma once

#include <cstdint>
#include <vector>

#include "core/config/schema.hpp"
#include "core/data/source.hpp"
#include "core/result.hpp"

namespace rhizome::data::sources {

/// What the random numbers of purpose::synthetic_data are drawn for: the stream's subject. A sample's own index makes
/// it the same sample whatever the number of nodes.
enum class synthetic_draw : std::uint32_t {
  truth = 0, ///< what is to be learnt: class means, prototypes, weights; index = the class
  train = 1, ///< index = the sample
  test = 2,  ///< index = the sample
};

/// How many samples a generated data set has.
struct synthetic_counts {
  std::uint32_t train = 0; ///< data.train_samples, or if that is 0 samples_per_node x nodes
  std::uint32_t test = 0;  ///< data.test_samples, or if that is 0 `default_test_samples`
};
inline constexpr std::uint32_t default_test_samples = 1000;

/// The key "samples_per_node".
[[nodiscard]] config::key samples_per_node_key();

/// invalid_input if the samples would not fit into memory or into 32-bit indices.
[[nodiscard]] result<synthetic_counts> count_samples(const load_request& request, std::uint64_t bytes_per_sample);

} // namespace rhizome::data::sources
