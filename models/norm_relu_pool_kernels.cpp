#include "models/detail/norm_relu_pool_kernels.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "core/vectorised.hpp"

// Between two convolutions a step moves memory and little else. PyTorch's three layers make eight passes over it and
// pool with a branch for each element; here the forward pass reads a group twice, while it is in the nearest cache, and
// writes the pooled quarter, and the backward pass goes once over the whole and twice over the quarter.

namespace rhizome::models::detail {

namespace {

constexpr double epsilon = 1e-5; // PyTorch's default
constexpr std::size_t lanes = 16;
constexpr std::int32_t cut_off = 4;

// Vectors in the compilers' own notation, for what automatic vectorisation does not see: `a > b ? x : y` chooses
// element by element. They become what the instruction set of the clone has.
using floats = float __attribute__((vector_size(lanes * sizeof(float))));
using integers = std::int32_t __attribute__((vector_size(lanes * sizeof(std::int32_t))));
using unaligned_floats = float __attribute__((vector_size(lanes * sizeof(float)), aligned(alignof(float)), may_alias));
using unaligned_integers =
    std::int32_t __attribute__((vector_size(lanes * sizeof(std::int32_t)), aligned(alignof(float)), may_alias));

const unaligned_floats& at(const float* p) {
  return *reinterpret_cast<const unaligned_floats*>(p);
}
unaligned_floats& at(float* p) {
  return *reinterpret_cast<unaligned_floats*>(p);
}
const unaligned_integers& at(const std::int32_t* p) {
  return *reinterpret_cast<const unaligned_integers*>(p);
}
unaligned_integers& at(std::int32_t* p) {
  return *reinterpret_cast<unaligned_integers*>(p);
}

/// Working memory for one channel, small enough for the nearest cache. Each array is longer by a vector than it need
/// be, so that whole vectors may be read and written at the end of any row.
class plane_memory {
public:
  explicit plane_memory(const image_shape& shape)
      : size_((shape.height + 1) * (shape.width / 2) + lanes), floats_(4 * size_), integers_(size_) {}
  float* even() { return floats_.data(); }
  float* odd() { return even() + size_; }
  float* pooled() { return odd() + size_; }
  float* peak() { return pooled() + size_; }
  std::int32_t* winner() { return integers_.data(); }

private:
  std::size_t size_;
  std::vector<float> floats_;
  std::vector<std::int32_t> integers_;
};

struct moments {
  float mean;
  float inverse_deviation;
};

double total(const std::array<float, lanes>& parts) {
  double sum = 0;
  for (const float part : parts)
    sum += static_cast<double>(part);
  return sum;
}

/// Mean and 1 / deviation of n values: two passes, so that a large mean costs no digits.
RHIZOME_VECTORISED moments moments_of(const float* x, std::size_t n) {
  std::array<float, lanes> sums{};
  const std::size_t whole = n - n % lanes;
  for (std::size_t i = 0; i < whole; i += lanes)
    for (std::size_t lane = 0; lane < lanes; ++lane)
      sums[lane] += x[i + lane];
  for (std::size_t i = whole; i < n; ++i)
    sums[i - whole] += x[i];
  const double mean = total(sums) / static_cast<double>(n);

  std::array<float, lanes> squares{};
  const auto centre = static_cast<float>(mean);
  for (std::size_t i = 0; i < whole; i += lanes)
    for (std::size_t lane = 0; lane < lanes; ++lane)
      squares[lane] += (x[i + lane] - centre) * (x[i + lane] - centre);
  for (std::size_t i = whole; i < n; ++i)
    squares[i - whole] += (x[i] - centre) * (x[i] - centre);
  const double variance = total(squares) / static_cast<double>(n);
  return {centre, static_cast<float>(1 / std::sqrt(variance + epsilon))};
}

/// The even and the odd columns of one channel apart, [height x width / 2] each, so that the elements of a window stand
/// in four places of equal distance; an odd last column is left out.
RHIZOME_VECTORISED void split_columns(const float* __restrict x, std::size_t height, std::size_t width,
                                      float* __restrict even, float* __restrict odd) {
  const std::size_t rows = width % 2 == 0 ? 1 : height; // without an odd column all rows are one long one
  const std::size_t pairs = height * (width / 2) / rows;
  for (std::size_t row = 0; row < rows; ++row, x += width, even += pairs, odd += pairs)
    for (std::size_t i = 0; i < pairs; ++i) {
      even[i] = x[2 * i];
      odd[i] = x[2 * i + 1];
    }
}

/// One channel: out = slope * x + offset, plus `even` and `odd` where split_columns takes them from.
RHIZOME_VECTORISED void join_columns(const float* __restrict x, std::size_t height, std::size_t width, float slope,
                                     float offset, const float* __restrict even, const float* __restrict odd,
                                     float* __restrict out) {
  const std::size_t rows = width % 2 == 0 ? 1 : height;
  const std::size_t pairs = height * (width / 2) / rows;
  for (std::size_t row = 0; row < rows; ++row, x += width, out += width, even += pairs, odd += pairs) {
    for (std::size_t i = 0; i < pairs; ++i) {
      out[2 * i] = slope * x[2 * i] + offset + even[i];
      out[2 * i + 1] = slope * x[2 * i + 1] + offset + odd[i];
    }
    if (width % 2 != 0)
      out[width - 1] = slope * x[width - 1] + offset;
  }
}

/// One channel: pooled = max(0, largest of each 2 x 2 window of x * scale + shift), with `peak` and `winner` as in
/// pooled_memory. A vector of windows at a time; where a row ends within it, the next row overwrites what was too much.
RHIZOME_VECTORISED void pool_plane(const float* even, const float* odd, std::size_t rows, std::size_t half, float scale,
                                   float shift, float* pooled, float* peak, std::int32_t* winner) {
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t i = 0; i < half; i += lanes) {
      const std::size_t top = 2 * row * half + i, bottom = top + half, to = row * half + i;
      const floats a = at(even + top), b = at(odd + top), c = at(even + bottom), d = at(odd + bottom);
      const floats na = a * scale + shift, nb = b * scale + shift, nc = c * scale + shift, nd = d * scale + shift;
      const integers right_above = nb > na, right_below = nd > nc; // true is -1
      const floats upper = right_above ? nb : na, lower = right_below ? nd : nc;
      const integers below = lower > upper;
      const floats largest = below ? lower : upper;
      const integers place = below ? 2 - right_below : -right_above;
      at(pooled + to) = largest < 0 ? floats{} : largest; // not max(): a NaN stays one
      at(peak + to) = below ? (right_below ? d : c) : (right_above ? b : a);
      at(winner + to) = largest > 0 ? place : integers{} + cut_off;
    }
}

/// The way back: each window's gradient goes to its winner's place, zero to the other three.
RHIZOME_VECTORISED void unpool_plane(const float* gradient, const std::int32_t* winner, std::size_t rows,
                                     std::size_t half, float* even, float* odd) {
  for (std::size_t row = 0; row < 2 * rows; ++row) { // two image rows to each row of windows
    const std::int32_t first = row % 2 == 0 ? 0 : 2;
    for (std::size_t i = 0; i < half; i += lanes) {
      const std::size_t from = row / 2 * half + i, to = row * half + i;
      const integers place = at(winner + from) - first;
      const floats g = at(gradient + from);
      at(even + to) = place == 0 ? g : floats{};
      at(odd + to) = place == 1 ? g : floats{};
    }
  }
  std::fill_n(even + 2 * rows * half, half, 0.0f); // an odd last image row, and else what is not read
  std::fill_n(odd + 2 * rows * half, half, 0.0f);
}

/// What passed ReLU of one pooled channel's gradient: its sum, and the sum of its products with the inputs it is of.
struct gradient_sums {
  float gradient;
  float gradient_times_input;
};

RHIZOME_VECTORISED gradient_sums sum_gradients(const float* g, const float* peak, const std::uint8_t* winner,
                                               std::size_t n) {
  std::array<float, lanes> plain{}, weighted{};
  for (std::size_t i = 0; i < n; i += lanes)
    for (std::size_t lane = 0; lane < std::min(lanes, n - i); ++lane) {
      const float passed = winner[i + lane] == cut_off ? 0 : g[i + lane];
      plain[lane] += passed;
      weighted[lane] += passed * peak[i + lane];
    }
  return {static_cast<float>(total(plain)), static_cast<float>(total(weighted))};
}

RHIZOME_VECTORISED void narrow(const std::int32_t* __restrict in, std::size_t n, std::uint8_t* __restrict out) {
  for (std::size_t i = 0; i < n; ++i)
    out[i] = static_cast<std::uint8_t>(in[i]);
}

RHIZOME_VECTORISED void widen(const std::uint8_t* __restrict in, std::size_t n, std::int32_t* __restrict out) {
  for (std::size_t i = 0; i < n; ++i)
    out[i] = in[i];
}

RHIZOME_VECTORISED void multiply(const float* __restrict in, std::size_t n, float factor, float* __restrict out) {
  for (std::size_t i = 0; i < n; ++i)
    out[i] = in[i] * factor;
}

} // namespace

void norm_relu_pool_forward(const image_shape& shape, const float* in, const float* weight, const float* bias,
                            float* out, const pooled_memory& memory) {
  const std::size_t plane = shape.plane(), pooled = shape.pooled_plane(), channels = shape.group_channels();
  plane_memory work(shape);
  for (std::size_t block = 0; block < shape.samples * shape.groups; ++block) {
    const auto [mean, inverse_deviation] = moments_of(in + block * channels * plane, channels * plane);
    memory.mean[block] = mean;
    memory.inverse_deviation[block] = inverse_deviation;
    for (std::size_t k = 0; k < channels; ++k) {
      const std::size_t index = block * channels + k; // of the plane within the batch
      const std::size_t channel = index % shape.channels;
      const float scale = inverse_deviation * weight[channel];
      const std::size_t to = index * pooled;
      split_columns(in + index * plane, shape.height, shape.width, work.even(), work.odd());
      pool_plane(work.even(), work.odd(), shape.height / 2, shape.width / 2, scale, bias[channel] - mean * scale,
                 work.pooled(), work.peak(), work.winner());
      std::copy_n(work.pooled(), pooled, out + to);
      std::copy_n(work.peak(), pooled, memory.peak + to);
      narrow(work.winner(), pooled, memory.winner + to);
    }
  }
}

// As PyTorch's GroupNorm: Wu and He, "Group Normalization", 2018. With m the mean, r the inverse deviation, w the
// channel's weight, g the gradient of the normalised values and sums over the N values of a group:
//   dx = r w g + slope x + offset,  slope = (m sum(w g) - sum(w g x)) r^3 / N,  offset = -slope m - r sum(w g) / N
void norm_relu_pool_backward(const image_shape& shape, const float* out_gradient, const float* in, const float* weight,
                             const pooled_memory& memory, float* in_gradient, float* weight_gradient,
                             float* bias_gradient) {
  const std::size_t plane = shape.plane(), pooled = shape.pooled_plane(), channels = shape.group_channels();
  plane_memory work(shape);
  std::fill_n(weight_gradient, shape.channels, 0.0f);
  std::fill_n(bias_gradient, shape.channels, 0.0f);
  for (std::size_t block = 0; block < shape.samples * shape.groups; ++block) {
    const float mean = memory.mean[block], r = memory.inverse_deviation[block];
    float weighted = 0, weighted_input = 0;
    for (std::size_t k = 0; k < channels; ++k) {
      const std::size_t index = block * channels + k, from = index * pooled, channel = index % shape.channels;
      const auto sums = sum_gradients(out_gradient + from, memory.peak + from, memory.winner + from, pooled);
      weight_gradient[channel] += (sums.gradient_times_input - sums.gradient * mean) * r;
      bias_gradient[channel] += sums.gradient;
      weighted += weight[channel] * sums.gradient;
      weighted_input += weight[channel] * sums.gradient_times_input;
    }
    const float per_value = 1 / static_cast<float>(channels * plane);
    const float slope = (weighted * mean - weighted_input) * r * r * r * per_value;
    const float offset = -slope * mean - weighted * r * per_value;
    for (std::size_t k = 0; k < channels; ++k) {
      const std::size_t index = block * channels + k, from = index * pooled;
      multiply(out_gradient + from, pooled, r * weight[index % shape.channels], work.pooled());
      widen(memory.winner + from, pooled, work.winner());
      unpool_plane(work.pooled(), work.winner(), shape.height / 2, shape.width / 2, work.even(), work.odd());
      join_columns(in + index * plane, shape.height, shape.width, slope, offset, work.even(), work.odd(),
                   in_gradient + index * plane);
    }
  }
}

} // namespace rhizome::models::detail
