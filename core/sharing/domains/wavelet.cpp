#include <algorithm>
#include <array>
#include <numbers>
#include <utility>
#include <vector>

#include "core/sharing/domains/domain.hpp"
#include "core/vectorised.hpp"

namespace rhizome::sharing {

namespace {

constexpr std::size_t taps = 4;

/// a[k] = sum_t low[t] x[2k + t], d[k] = sum_t high[t] x[2k + t].
struct filters {
  std::array<float, taps> low;
  std::array<float, taps> high;
};

filters filters_of(const std::string& wavelet) {
  std::array<double, taps> h{1, 1, 0, 0};
  std::size_t length = 2;
  double scale = 1 / std::numbers::sqrt2;
  if (wavelet != "haar") {
    const double root = std::numbers::sqrt3;
    h = {1 + root, 3 + root, 3 - root, 1 - root};
    length = taps;
    scale /= 4;
  }
  filters made{};
  for (std::size_t t = 0; t < length; ++t) {
    made.low[t] = static_cast<float>(scale * h[t]);
    made.high[t] = static_cast<float>((t % 2 == 0 ? scale : -scale) * h[length - 1 - t]);
  }
  return made;
}

/// One level: `pairs` approximations and details of 2 x pairs entries, periodically.
RHIZOME_VECTORISED void analyse(const float* __restrict x, std::size_t pairs, const filters& with,
                                float* __restrict approximation, float* __restrict detail) {
  const auto [h0, h1, h2, h3] = with.low;
  const auto [g0, g1, g2, g3] = with.high;
  for (std::size_t k = 0; k + 1 < pairs; ++k) {
    const float x0 = x[2 * k], x1 = x[2 * k + 1], x2 = x[2 * k + 2], x3 = x[2 * k + 3];
    approximation[k] = h0 * x0 + h1 * x1 + h2 * x2 + h3 * x3;
    detail[k] = g0 * x0 + g1 * x1 + g2 * x2 + g3 * x3;
  }
  const float x0 = x[2 * pairs - 2], x1 = x[2 * pairs - 1], x2 = x[0], x3 = x[1];
  approximation[pairs - 1] = h0 * x0 + h1 * x1 + h2 * x2 + h3 * x3;
  detail[pairs - 1] = g0 * x0 + g1 * x1 + g2 * x2 + g3 * x3;
}

/// Undoes it: the transposed map.
RHIZOME_VECTORISED void synthesise(const float* __restrict approximation, const float* __restrict detail,
                                   std::size_t pairs, const filters& with, float* __restrict x) {
  const auto [h0, h1, h2, h3] = with.low;
  const auto [g0, g1, g2, g3] = with.high;
  const float last_a = approximation[pairs - 1], last_d = detail[pairs - 1];
  x[0] = h0 * approximation[0] + g0 * detail[0] + h2 * last_a + g2 * last_d;
  x[1] = h1 * approximation[0] + g1 * detail[0] + h3 * last_a + g3 * last_d;
  for (std::size_t k = 1; k < pairs; ++k) {
    const float a = approximation[k], d = detail[k], before_a = approximation[k - 1], before_d = detail[k - 1];
    x[2 * k] = h0 * a + g0 * d + h2 * before_a + g2 * before_d;
    x[2 * k + 1] = h1 * a + g1 * d + h3 * before_a + g3 * before_d;
  }
}

/// Of a signal: the length of its approximation.
constexpr std::size_t half(std::size_t length) {
  return length - length / 2;
}

/// Lengths of the signal from the vector itself to the last approximation.
std::vector<std::size_t> lengths_of(std::size_t entries, unsigned levels) {
  std::vector<std::size_t> lengths{entries};
  while (lengths.size() <= levels && lengths.back() > 1)
    lengths.push_back(half(lengths.back()));
  return lengths;
}

class wavelet_transform final : public learning::transform {
public:
  wavelet_transform(const filters& with, std::vector<std::size_t> lengths)
      : with_(with), lengths_(std::move(lengths)) {}

  std::size_t size() const noexcept override { return lengths_.front(); }

  void apply(std::span<const float> in, std::span<float> out) const override {
    expect_size(in, lengths_.front());
    std::vector<float> approximation(half(in.size())), next(half(approximation.size()));
    const float* signal = in.data();
    for (std::size_t level = 0; level + 1 < lengths_.size(); ++level) {
      const auto length = lengths_[level];
      const auto pairs = length / 2;
      if (level > 0)
        approximation.swap(next);
      analyse(signal, pairs, with_, approximation.data(), out.data() + (length - pairs));
      if (length % 2 == 1)
        approximation[pairs] = signal[length - 1];
      signal = approximation.data();
    }
    std::copy_n(signal, lengths_.back(), out.begin());
  }

private:
  filters with_;
  std::vector<std::size_t> lengths_;
};

class inverse_wavelet_transform final : public learning::transform {
public:
  inverse_wavelet_transform(const filters& with, std::vector<std::size_t> lengths)
      : with_(with), lengths_(std::move(lengths)) {}

  std::size_t size() const noexcept override { return lengths_.front(); }

  void apply(std::span<const float> in, std::span<float> out) const override {
    expect_size(in, lengths_.front());
    // Levels write to `out` and to memory for half of it in turn, so that the last one writes to `out`.
    std::vector<float> other(half(in.size()));
    const float* signal = in.data();
    for (std::size_t level = lengths_.size() - 1; level > 0; --level) {
      const auto length = lengths_[level - 1];
      const auto pairs = length / 2;
      float* const to = level % 2 == 1 ? out.data() : other.data();
      synthesise(signal, in.data() + (length - pairs), pairs, with_, to);
      if (length % 2 == 1)
        to[length - 1] = signal[pairs];
      signal = to;
    }
    if (lengths_.size() == 1)
      std::ranges::copy(in, out.begin());
  }

private:
  filters with_;
  std::vector<std::size_t> lengths_;
};

} // namespace

domain wavelet_domain(std::size_t entries, const std::string& wavelet, unsigned levels) {
  const auto with = filters_of(wavelet);
  const auto lengths = lengths_of(entries, levels);
  return {std::make_shared<wavelet_transform>(with, lengths),
          std::make_shared<inverse_wavelet_transform>(with, lengths)};
}

} // namespace rhizome::sharing
