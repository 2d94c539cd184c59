#include "core/learning/label_sketch.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "core/random.hpp"

namespace rhizome::learning {

namespace {

constexpr std::uint32_t of_all = ~std::uint32_t{0}; // a draw that is no node's own

descriptor as_bits(const std::vector<double>& values) {
  descriptor result;
  for (const double value : values)
    result.push_back(std::bit_cast<std::uint32_t>(static_cast<float>(value)));
  return result;
}

void add_noise(std::vector<double>& counts, double epsilon, std::uint64_t seed, node_id node) {
  random_stream random(seed, purpose::algorithm, node, of_all);
  for (auto& count : counts) {
    const double u = random.uniform() - 0.5 + 0x1p-54; // between -1/2 and 1/2, both left out
    count -= std::copysign(std::log1p(-2 * std::abs(u)) / epsilon, u);
  }
}

descriptor sketch_of(const std::vector<double>& counts, std::uint32_t bits, std::uint64_t seed) {
  constexpr std::uint32_t word = 32;
  descriptor result((bits + word - 1) / word, 0);
  for (std::uint32_t b = 0; b < bits; ++b) {
    random_stream plane(seed, purpose::algorithm, of_all, b);
    double side = 0;
    for (const double count : counts)
      side += plane.normal() * count;
    if (side > 0)
      result[b / word] |= 1U << (b % word);
  }
  return result;
}

double cosine(const descriptor& a, const descriptor& b) {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const double x = std::bit_cast<float>(a[i]), y = std::bit_cast<float>(b[i]);
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

/// Two vectors at an angle t lie on different sides of a random plane with probability t / pi.
double cosine_of_sketches(const descriptor& a, const descriptor& b, std::uint32_t bits) {
  int differ = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    differ += std::popcount(a[i] ^ b[i]);
  return std::cos(std::numbers::pi * differ / bits);
}

} // namespace

descriptor describe(const reveal_options& how, const std::vector<std::uint64_t>& counts, std::uint64_t seed,
                    node_id node) {
  std::vector<double> values(counts.begin(), counts.end());
  if (how.what == reveal::noisy)
    add_noise(values, how.epsilon, seed, node);
  return how.what == reveal::sketch ? sketch_of(values, how.bits, seed) : as_bits(values);
}

double similarity(const reveal_options& how, const descriptor& a, const descriptor& b) {
  return how.what == reveal::sketch ? cosine_of_sketches(a, b, how.bits) : cosine(a, b);
}

bool is_comparable(const reveal_options& how, std::span<const std::uint32_t> numbers) {
  return how.what == reveal::sketch ||
         std::ranges::all_of(numbers, [](auto bits) { return std::isfinite(std::bit_cast<float>(bits)); });
}

} // namespace rhizome::learning
