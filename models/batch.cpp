#include "models/detail/batch.hpp"

#include <algorithm>
#include <variant>

#include "core/vectorised.hpp"

namespace rhizome::models::detail {

namespace {

RHIZOME_VECTORISED void normalise(const std::uint8_t* __restrict in, std::size_t n, float scale, float mean,
                                  float deviation, float* __restrict out) {
  for (std::size_t i = 0; i < n; ++i)
    out[i] = (static_cast<float>(in[i]) * scale - mean) / deviation;
}

RHIZOME_VECTORISED void normalise(const float* __restrict in, std::size_t n, float scale, float mean, float deviation,
                                  float* __restrict out) {
  for (std::size_t i = 0; i < n; ++i)
    out[i] = (in[i] * scale - mean) / deviation;
}

/// One value for all features where the data set gives none.
std::vector<float> or_else(const std::vector<float>& values, float value) {
  return values.empty() ? std::vector{value} : values;
}

} // namespace

batch_reader::batch_reader(const data::dataset& data)
    : features_(data.features()), run_(features_), scale_(data.scale), mean_(or_else(data.mean, 0)),
      deviation_(or_else(data.deviation, 1)) {
  const std::size_t statistics = std::max(mean_.size(), deviation_.size());
  mean_.resize(statistics, mean_.front());
  deviation_.resize(statistics, deviation_.front());
  run_ = features_ / statistics;
}

void batch_reader::read(const data::samples& from, std::span<const std::uint32_t> indices, float* out) const {
  const auto gather = [&](const auto& features) {
    for (const auto index : indices) {
      const auto* sample = features.data() + index * features_;
      for (std::size_t i = 0; i < mean_.size(); ++i, sample += run_, out += run_)
        normalise(sample, run_, scale_, mean_[i], deviation_[i], out);
    }
  };
  std::visit(gather, from.features);
}

} // namespace rhizome::models::detail
