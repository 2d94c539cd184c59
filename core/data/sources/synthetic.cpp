#include "core/data/sources/synthetic.hpp"

#include <limits>

namespace rhizome::data::sources {

namespace {

/// 64 GiB: more is a slip, not a data set.
constexpr std::uint64_t most_bytes = std::uint64_t{1} << 36;

} // namespace

config::key samples_per_node_key() {
  return {.name = "samples_per_node",
          .default_value = std::int64_t{100},
          .sentence = "Training samples generated for each node; data.train_samples, where set, is the total instead.",
          .unit = "samples",
          .minimum = 1,
          .maximum = 1e9};
}

result<synthetic_counts> count_samples(const load_request& request, std::uint64_t bytes_per_sample) {
  const auto total = static_cast<std::uint64_t>(request.keys.integer("train_samples"));
  const auto per_node = static_cast<std::uint64_t>(request.keys.integer("samples_per_node"));
  const auto wanted_test = static_cast<std::uint64_t>(request.keys.integer("test_samples"));
  const std::uint64_t train = total > 0 ? total : per_node * request.nodes;
  const std::uint64_t test = wanted_test > 0 ? wanted_test : default_test_samples;
  const std::uint64_t most =
      std::min<std::uint64_t>(std::numeric_limits<std::uint32_t>::max(), most_bytes / bytes_per_sample);
  if (train > most || test > most)
    return fail(error_kind::invalid_input,
                "The synthetic data set would have {} training and {} test samples of {} bytes, at most {} of each are "
                "supported: lower data.samples_per_node, data.train_samples or data.test_samples.",
                train, test, bytes_per_sample, most);
  return synthetic_counts{static_cast<std::uint32_t>(train), static_cast<std::uint32_t>(test)};
}

} // namespace rhizome::data::sources
