#include "core/learning/kernels.hpp"

#include <algorithm>
#include <array>

#include "core/vectorised.hpp"

namespace rhizome::learning {

namespace {

constexpr std::size_t block = 2048; // floats: 8 kB, so that a block of the sum stays in the first-level cache

RHIZOME_VECTORISED void scale(float* __restrict sum, const float* __restrict x, float weight, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i)
    sum[i] = weight * x[i];
}

RHIZOME_VECTORISED void scale_and_add(float* __restrict sum, const float* __restrict x, float weight, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i)
    sum[i] += weight * x[i];
}

RHIZOME_VECTORISED double block_distance(const float* __restrict a, const float* __restrict b, std::size_t n) {
  // Eight partial sums: the compiler may not reorder a sum of doubles by itself.
  std::array<double, 8> partial{};
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (std::size_t lane = 0; lane < 8; ++lane) {
      const double d = static_cast<double>(a[i + lane]) - static_cast<double>(b[i + lane]);
      partial[lane] += d * d;
    }
  for (; i < n; ++i) {
    const double d = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    partial[0] += d * d;
  }
  double sum = 0;
  for (const double p : partial)
    sum += p;
  return sum;
}

} // namespace

void weighted_sum(std::span<float> out, std::span<const weighted_vector> terms) {
  if (terms.empty()) {
    std::fill(out.begin(), out.end(), 0.0F);
    return;
  }
  alignas(64) std::array<float, block> sum;
  for (std::size_t begin = 0; begin < out.size(); begin += block) {
    const std::size_t n = std::min(block, out.size() - begin);
    scale(sum.data(), terms[0].values.data() + begin, terms[0].weight, n);
    for (const auto& term : terms.subspan(1))
      scale_and_add(sum.data(), term.values.data() + begin, term.weight, n);
    std::copy_n(sum.data(), n, out.data() + begin);
  }
}

double squared_distance(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t begin = 0; begin < a.size(); begin += block)
    sum += block_distance(a.data() + begin, b.data() + begin, std::min(block, a.size() - begin));
  return sum;
}

} // namespace rhizome::learning
