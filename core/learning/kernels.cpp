#include "core/learning/kernels.hpp"

#include <algorithm>
#include <array>

#include "core/vectorised.hpp"

namespace rhizome::learning {

namespace {

constexpr std::size_t block = 2048; // floats: 8 kB, so that a block of the sum stays in the first-level cache

constexpr std::size_t piece = 256;
constexpr std::size_t line = 16; // floats

/// Asks for what is read next, past the second-level cache: there, models that are read once would push out what
/// training has.
inline void fetch(const float* next) {
  for (std::size_t i = 0; i < piece; i += line)
    __builtin_prefetch(next + i, 0, 0);
}

RHIZOME_VECTORISED void scale(float* __restrict sum, const float* __restrict x, float weight, std::size_t n,
                              const float* next) {
  std::size_t begin = 0;
  for (; begin + piece <= n; begin += piece) {
    fetch(next + begin);
    for (std::size_t i = begin; i < begin + piece; ++i)
      sum[i] = weight * x[i];
  }
  for (std::size_t i = begin; i < n; ++i)
    sum[i] = weight * x[i];
}

RHIZOME_VECTORISED void scale_and_add(float* __restrict sum, const float* __restrict x, float weight, std::size_t n,
                                      const float* next) {
  std::size_t begin = 0;
  for (; begin + piece <= n; begin += piece) {
    fetch(next + begin);
    for (std::size_t i = begin; i < begin + piece; ++i)
      sum[i] += weight * x[i];
  }
  for (std::size_t i = begin; i < n; ++i)
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
    const auto after = [&](std::size_t t) { // the same block of the next term, or the next block of the first one
      return t + 1 < terms.size() ? terms[t + 1].values.data() + begin : terms[0].values.data() + begin + n;
    };
    scale(sum.data(), terms[0].values.data() + begin, terms[0].weight, n, after(0));
    for (std::size_t t = 1; t < terms.size(); ++t)
      scale_and_add(sum.data(), terms[t].values.data() + begin, terms[t].weight, n, after(t));
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
