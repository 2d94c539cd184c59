#include "core/data/standardise.hpp"

#include <cmath>

namespace rhizome::data {

namespace {

/// Mean of `value(raw)` over each channel of [samples x channels x plane] values.
template <class T, class Value>
std::vector<double> channel_means(const std::vector<T>& raw, std::size_t channels, std::size_t plane, Value value) {
  std::vector<double> sums(channels, 0.0);
  const std::size_t blocks = raw.size() / plane;
  for (std::size_t block = 0; block < blocks; ++block) {
    const std::size_t channel = block % channels;
    double sum = 0;
    for (std::size_t i = block * plane; i < (block + 1) * plane; ++i)
      sum += value(static_cast<double>(raw[i]), channel);
    sums[channel] += sum;
  }
  for (auto& sum : sums)
    sum /= static_cast<double>(raw.size() / channels);
  return sums;
}

} // namespace

void standardise(dataset& set) {
  const auto channels = static_cast<std::size_t>(set.shape.front());
  const std::size_t plane = set.features() / channels;
  std::visit(
      [&](const auto& raw) {
        const auto means = channel_means(raw, channels, plane, [](double x, std::size_t) { return x; });
        const auto variances = channel_means(raw, channels, plane, [&means](double x, std::size_t channel) {
          return (x - means[channel]) * (x - means[channel]);
        });
        set.mean.clear();
        set.deviation.clear();
        for (std::size_t c = 0; c < channels; ++c) {
          const double deviation = std::sqrt(variances[c]) * double{set.scale};
          set.mean.push_back(static_cast<float>(means[c] * double{set.scale}));
          set.deviation.push_back(deviation > 0 ? static_cast<float>(deviation) : 1.0F);
        }
      },
      set.train.features);
}

} // namespace rhizome::data
